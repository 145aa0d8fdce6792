/**
 * A server of node:http that ends when it is told to.
 */

/** What is needed of a server of node:http. */
interface NodeServer {
  close(callback?: (error?: Error) => void): this
  closeAllConnections(): void
}

/**
 * The server, which when it is closed closes its connections as well. By itself it waits for those that have not yet
 * sent a request, such as the ones that browsers open in advance, for as long as a minute.
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
