import t from 'tap'
import { playSections } from './sections.ts'

t.test('many clients at once', async t => playSections(t, 'crowd'))
