import { SaxesParser, type SaxesAttributePlain } from 'saxes'
import { Tally, type TestResults } from './results.ts'

type Case = {
  readonly name: string
  readonly file: string | null
  fate: 'passed' | 'failed' | 'skipped'
  isTodo: boolean
  message: string
}

const longestText = 4096
const deepest = 200

/**
 * JUnit XML, as nearly every test program can write it: each `testcase` counts, whatever its suites say.
 *
 * @returns `null` when it is no such report. A document type is not read, so that no entity is ever expanded.
 * @see https://github.com/testmoapp/junitxml
 */
export function readJunit(text: string): TestResults | null {
  const tally = new Tally()
  const files: (string | null)[] = []
  let depth = 0
  let broken = false
  let isJunit = false
  let current: Case | null = null
  let isInFailure = false
  const parser = new SaxesParser()
  const stop = (): void => void (broken = true)
  const say = (part: string): void => {
    if (current !== null && isInFailure && current.message.length < longestText)
      current.message += part.slice(0, longestText)
  }
  parser.on('error', stop)
  parser.on('doctype', stop)
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > deepest) return stop()
    if (depth === 1) isJunit = name === 'testsuites' || name === 'testsuite'
    if (name === 'testsuite') files.push(attributes['file'] ?? null)
    if (name === 'testcase') current = caseOf(attributes, files.findLast((file) => file !== null) ?? null)
    if (current === null) return
    if (name === 'failure' || name === 'error') {
      isInFailure = true
      current.fate = 'failed'
      current.message = attributes['message'] ?? ''
      if (current.message !== '') isInFailure = false
    } else if (name === 'skipped') {
      // What is still to do may fail, and node:test tells how.
      current.isTodo ||= attributes['type'] === 'todo'
      if (current.fate === 'passed') current.fate = 'skipped'
    }
  })
  parser.on('text', say)
  parser.on('cdata', say)
  parser.on('closetag', ({ name }) => {
    depth--
    if (name === 'testsuite') files.pop()
    if (name === 'failure' || name === 'error') isInFailure = false
    if (name !== 'testcase' || current === null) return
    if (current.isTodo) tally.skipped()
    else if (current.fate === 'failed') tally.failure(current.name, current.file, current.message)
    else tally[current.fate]()
    current = null
  })
  for (let at = 0; at < text.length; at += chunk) {
    parser.write(text.slice(at, at + chunk))
    if (broken) return null
  }
  parser.close()
  if (broken || !isJunit) return null
  tally.told()
  return tally.results()
}

/** So that a broken document is not read to its end. */
const chunk = 1 << 16

function caseOf(attributes: Record<string, SaxesAttributePlain | string>, suiteFile: string | null): Case {
  const { name = '', classname = '', status = '', file = suiteFile } = attributes as Record<string, string> // without namespaces: texts
  // node:test writes `test` for all.
  const isPart = classname === '' || classname === 'test' || classname === file || name.startsWith(classname)
  // GoogleTest and CTest tell of tests that are switched off in this way only.
  const fate = /^(?:notrun|disabled)$/i.test(status) ? 'skipped' : 'passed'
  return { name: isPart ? name : `${classname} ${name}`, file: file ?? null, fate, isTodo: false, message: '' }
}
