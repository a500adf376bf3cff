/** Where a sandbox has what is its own, beside its home. */
export const insideOutputs = '/run/orchd/outputs'
export const insideProxy = '/run/orchd/network.sock'
/** On the loopback interface that only the sandbox has. */
export const proxyPort = 3128
