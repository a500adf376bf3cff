import { otherDemos, testDemos } from '../support/demo.ts'

testDemos(otherDemos)
