/** A debugger for requests: any request, one step at a time, and back. */
export { createStepper } from './create-stepper.ts'
export { ruleOf } from './rules.ts'
export type * from './stepper.ts'
