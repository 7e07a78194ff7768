import t from 'tap'
import { playSections } from './sections.ts'

t.test('a hostile or broken server', async t => playSections(t, 'server'))
