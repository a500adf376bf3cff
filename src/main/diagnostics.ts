import type { CliDeps } from '../surfaces/cli/deps.ts'

/** What `orchd explain CODE` tells, loaded when somebody asks. */
export const codeCatalogue: CliDeps['diagnosticCatalogue'] = async () => {
  const { codeExplanations } = await import('../plan/codes.ts')
  return codeExplanations()
}

/** One diagnostic for a person's eyes. */
export const renderDiagnostic: CliDeps['renderDiagnostic'] = async (diagnostic, text, options) => {
  const { renderDiagnostic: render } = await import('../plan/render.ts')
  return render(diagnostic, text, options)
}
