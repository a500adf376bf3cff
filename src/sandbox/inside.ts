/** Where a sandbox has what is its own. */
export const insideHome = '/run/orchd/home'
export const insideOutputs = '/run/orchd/outputs'
export const insideProxy = '/run/orchd/network.sock'
/** On the loopback interface that only the sandbox has. */
export const proxyPort = 3128
