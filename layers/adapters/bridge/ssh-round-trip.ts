import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { RoundTrip } from './round-trip';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The head node's pinned key as one line, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}
export interface SshTimes {
  /** From the first packet until the session is open. */
  readonly connectMs: number;
  /** From the command until its whole answer. */
  readonly answerMs: number;
}
/** The gate asks squeue, sacct and sbatch one after the other; each may take 20 to 30 s where the controller hangs. */
export const SSH_TIMES: SshTimes = { connectMs: 15_000, answerMs: 90_000 };

/** Above any answer of the gate: 500 jobs with reports of 64 KB. */
const ANSWER_LIMIT_BYTES = 48 * 1024 * 1024;
const KEEPALIVE_MS = 5_000;

/**
 * Opens a connection, runs one command with this standard input, reads its standard output to the end, closes. Never retries and never
 * rejects: a connection that ends in the middle says *unknown*, because ssh2 then reports neither exit nor end of the stream.
 */
export function sshRoundTrip(target: SshTarget, privateKey: string, command: string, input: string, times = SSH_TIMES): Promise<RoundTrip> {
  return new Promise((resolve) => {
    const trip = new Trip(target, times, resolve);
    trip.begin(privateKey, command, input);
  });
}

class Trip {
  private readonly connection = new Client();
  private timer: NodeJS.Timeout | undefined;
  private sent = false;
  private settled = false;
  private hostKeyRefused = false;

  constructor(
    private readonly target: SshTarget,
    private readonly times: SshTimes,
    private readonly resolve: (trip: RoundTrip) => void,
  ) {}

  begin(privateKey: string, command: string, input: string): void {
    // ssh2 may emit `error` twice; a listener must stand for as long as the connection does.
    this.connection.on('error', (error) => this.broken(error.message, 'level' in error ? error.level : ''));
    this.connection.on('close', () => this.broken('the connection was closed', 'close'));
    this.connection.on('ready', () => this.run(command, input));
    try {
      this.connection.connect(this.config(privateKey));
    } catch (error) {
      this.settle({ outcome: 'not-sent', reason: 'login-refused', detail: error instanceof Error ? error.message : String(error) });
    }
  }

  private config(privateKey: string): ConnectConfig {
    const { host, port, user, hostKey } = this.target;
    return {
      host,
      port,
      username: user,
      privateKey,
      readyTimeout: this.times.connectMs,
      // Without it a peer that is gone is never noticed.
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: 3,
      // The pinned key is ed25519; a server with several keys must show that one.
      algorithms: { serverHostKey: ['ssh-ed25519'] },
      hostVerifier: (key: Buffer): boolean => {
        this.hostKeyRefused = key.toString('base64') !== hostKey.split(' ')[1];
        return !this.hostKeyRefused;
      },
    };
  }

  private run(command: string, input: string): void {
    this.sent = true;
    this.timer = setTimeout(() => this.broken('no whole answer in time', 'timeout'), this.times.answerMs);
    this.connection.exec(command, (error, stream) => {
      if (error) this.broken(error.message, 'exec');
      else this.read(stream, input);
    });
  }

  private read(stream: ClientChannel, input: string): void {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('error', (error: Error) => this.broken(error.message, 'stream'));
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_LIMIT_BYTES) this.broken('the answer is too long', 'stream');
      else chunks.push(chunk);
    });
    // Drained, or a chatty login would stall the channel.
    stream.stderr.resume();
    stream.on('close', () => this.settle({ outcome: 'answered', text: Buffer.concat(chunks).toString('utf8') }));
    stream.end(input);
  }

  private broken(message: string, level: string): void {
    const detail = level === '' ? message : `${level}: ${message}`;
    if (this.sent) {
      this.settle({ outcome: 'unknown', detail });
      return;
    }
    const reason = this.hostKeyRefused ? 'host-key-changed' : level === 'client-authentication' ? 'login-refused' : 'unreachable';
    this.settle({ outcome: 'not-sent', reason, detail });
  }

  private settle(trip: RoundTrip): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.connection.end();
    // A peer that does not answer the farewell must not keep the process.
    this.connection.destroy();
    this.resolve(trip);
  }
}
