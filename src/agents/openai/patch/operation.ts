import { isJsonObject, type Json } from '../../../base/json.ts'
import { err, ok, type Result } from '../../../base/result.ts'

/** What a model asks for with the tool `apply_patch`: one file. */
export type Operation =
  | { readonly type: 'create_file' | 'update_file'; readonly path: string; readonly diff: string }
  | { readonly type: 'delete_file'; readonly path: string }

export function operationOf(value: Json | undefined): Result<Operation, string> {
  if (!isJsonObject(value)) return err('the operation is no object')
  const { type, path, diff } = value
  if (typeof path !== 'string') return err('the operation has no path')
  if (type === 'delete_file') return ok({ type, path })
  if (type !== 'create_file' && type !== 'update_file')
    return err(`the operation's type must be create_file, update_file or delete_file, not ${JSON.stringify(type)}`)
  return typeof diff === 'string' ? ok({ type, path, diff }) : err('the operation has no diff')
}
