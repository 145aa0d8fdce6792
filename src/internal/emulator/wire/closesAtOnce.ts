/** A server of node:http that closes without waiting. */

/** The part of a server of node:http that is used. */
interface NodeServer {
  close(callback?: (error?: Error) => void): this
  closeAllConnections(): void
}

/**
 * Makes a server close its connections when it is closed. By default Node waits up to a minute for connections without
 * a request, such as those that browsers open in advance.
 */
export const closesAtOnce = <Server extends NodeServer>(server: Server): Server => {
  const close = server.close.bind(server)
  server.close = (callback) => {
    close(callback)
    server.closeAllConnections()
    return server
  }
  return server
}
