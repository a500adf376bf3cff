import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Diagnostic } from '../base/diagnostic.ts'
import { OrchdError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { SourceDocument } from '../plan/document.ts'
import { placeIn } from '../plan/request/places.ts'
import type { Path } from '../plan/yaml/locate.ts'
import { isUrl } from '../workspace/clone/address.ts'
import { resolveContext, targetAt, type ContextRequest } from '../workspace/resolve.ts'

const pullRequestPath: Path = ['task', 'constraints', 'require_pr']

type Where = Pick<ContextRequest, 'context' | 'projectFolder' | 'pullRequest'>

/**
 * Why the work of a request cannot begin where it says, each part at its place in the request. The run would be refused for
 * the same reasons, but only for the first, and nobody has written the plan that it would speak of.
 */
export async function contextProblems(
  { context, projectFolder, pullRequest }: Where,
  request: SourceDocument,
): Promise<readonly Diagnostic[]> {
  const { repository: named } = context
  // It is cloned when the run is submitted, and may be refused there: not into a folder that is thrown away.
  if (typeof named === 'string' && isUrl(named))
    return problemOf(() => void (pullRequest !== null && targetAt(named, pullRequest)), request, pullRequestPath)
  const stateFolder = await mkdtemp(join(tmpdir(), 'orchd-request-'))
  const problem = async (
    part: JsonObject,
    wanted: Where['pullRequest'],
    path: Path,
  ): Promise<readonly Diagnostic[]> => {
    const looked = { context: part, projectFolder, stateFolder, pullRequest: wanted, token: null }
    return problemOf(() => resolveContext(looked), request, path)
  }
  try {
    const all = await problem(context, pullRequest, ['context', 'repository'])
    if (all.length === 0) return []
    const { repository = '.', branch, base } = context
    const isNamed = placeIn(request, ['context', 'repository'])[0] === 'context'
    const basic = await problem({ repository }, null, isNamed ? ['context', 'repository'] : pullRequestPath)
    if (basic.length > 0) return basic
    const parts = [
      ...(branch === undefined ? [] : await problem({ repository, branch }, null, ['context', 'branch'])),
      ...(base === undefined ? [] : await problem({ repository, base }, null, ['context', 'base'])),
      ...(pullRequest === null ? [] : await problem({ repository }, pullRequest, pullRequestPath)),
    ]
    return parts.length > 0 ? parts : all
  } finally {
    await rm(stateFolder, { recursive: true, force: true })
  }
}

async function problemOf(look: () => unknown, request: SourceDocument, path: Path): Promise<readonly Diagnostic[]> {
  try {
    await look()
    return []
  } catch (error) {
    if (!(error instanceof OrchdError) || error.code !== 'CONTEXT_UNUSABLE') throw error
    return [diagnosticOf(error, request, path)]
  }
}

const diagnosticOf = ({ code, message, help }: OrchdError, request: SourceDocument, path: Path): Diagnostic => ({
  code,
  severity: 'error',
  message,
  file: request.source.file,
  ...request.rangeOf(placeIn(request, path)),
  help,
})
