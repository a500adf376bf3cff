/** One long-lived part of the holder. `run` resolves once `signal` aborts and its work is drained. */
export type Actor = { readonly name: string; run(signal: AbortSignal): Promise<void> }
