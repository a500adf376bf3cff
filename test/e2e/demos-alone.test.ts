import { demosAlone, testDemos } from '../support/demo.ts'

testDemos(demosAlone)
