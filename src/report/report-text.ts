import type { ReportFormat, RunReport } from '../ports/report.ts'
import { htmlOf } from './html.ts'
import { markdownOf } from './markdown.ts'

export const reportFormats: readonly ReportFormat[] = ['json', 'markdown', 'html']

/** A report as a file of the wanted format. */
export function reportText(report: RunReport, format: ReportFormat): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`
  return format === 'html' ? htmlOf(report) : markdownOf(report)
}
