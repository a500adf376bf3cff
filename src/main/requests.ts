import { decodePlan } from '../plan/decode.ts'
import { compileRequest } from '../plan/request/compile.ts'
import { planText } from '../plan/request/plan-text.ts'
import { readRequest } from '../plan/request/read.ts'
import type { RequestedFile } from '../surfaces/cli/deps.ts'
import { readPlanFile } from './plans.ts'

/** A request file, and the plan that it comes to. @throws OrchdError FILE_UNREADABLE */
export function readRequestFile(path: string, cwd: string): RequestedFile {
  const file = path === '-' ? 'stdin' : path
  const none = { file, text: '', texts: new Map<string, string>(), compiled: null }
  const text = decodePlan(readPlanFile(path, cwd), file)
  if (!text.ok) return { ...none, diagnostics: [text.error] }
  const { request, diagnostics } = readRequest(text.value, file)
  if (request === null) return { ...none, text: text.value, diagnostics }
  const compiled = { planText: planText(compileRequest(request)), requestId: request.request_id ?? null }
  return { ...none, text: text.value, diagnostics, compiled }
}
