import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** Prints every datagram that comes to a unix socket as a line, the line ends in it as U+001F. */
const receiver = `
  use strict; use warnings; use Socket; $| = 1;
  my $name = $ARGV[0]; $name =~ s/^@/\\0/;
  socket my $socket, PF_UNIX, SOCK_DGRAM, 0 or die $!;
  bind $socket, pack_sockaddr_un($name) or die $!;
  print "bound\\n";
  while (defined recv $socket, my $message, 65536, 0) { $message =~ tr/\\n/\\x1f/; print "$message\\n" }`

export type Message = { readonly [name: string]: string }

/** What systemd is in the life of a service: a datagram socket that somebody reads. */
export class NotifySocket implements AsyncDisposable {
  readonly messages: Message[] = []
  readonly #process: ChildProcess
  #woken: (() => void) | null = null

  private constructor(child: ChildProcess) {
    this.#process = child
  }

  /** @param name a path, or an abstract name that begins with `@` */
  static async bind(name: string): Promise<NotifySocket> {
    const child = spawn('perl', ['-e', receiver, name], { stdio: ['ignore', 'pipe', 'inherit'] })
    const socket = new NotifySocket(child)
    const lines = createInterface({ input: child.stdout })
    const bound = once(lines, 'line')
    lines.on('line', (line) => {
      if (line !== 'bound') socket.#take(line)
    })
    await bound
    return socket
  }

  #take(line: string): void {
    const pairs = line.split('\u001F').map((pair) => pair.split(/=(.*)/s).slice(0, 2))
    this.messages.push(Object.fromEntries(pairs))
    this.#woken?.()
  }

  /** The first message from `from` on that has this assignment. */
  async wait(name: string, value: RegExp = /^/, from = 0, timeoutMs = 20_000): Promise<Message> {
    for (const deadline = Date.now() + timeoutMs; ;) {
      const found = this.messages.slice(from).find((message) => name in message && value.test(message[name] ?? ''))
      if (found !== undefined) return found
      if (Date.now() > deadline) throw new Error(`no ${name} came: ${JSON.stringify(this.messages)}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#woken = resolve
      await Promise.race([promise, delay(50)])
    }
  }

  count(name: string): number {
    return this.messages.filter((message) => name in message).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}
