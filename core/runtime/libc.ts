import { createRequire } from 'node:module';

/** The libc calls of media sockets. Each takes and gives plain numbers and bytes; -1 means see `errno()`. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Uint8Array, length: Int32Array, flags: number): number;
  getsockname(fd: number, address: Uint8Array, length: Int32Array): number;
  getpeername(fd: number, address: Uint8Array, length: Int32Array): number;
  getsockopt(fd: number, level: number, name: number, value: Int32Array, length: Int32Array): number;
  setsockopt(fd: number, level: number, name: number, value: Int32Array, length: number): number;
  recvfrom(
    fd: number,
    bytes: Uint8Array,
    room: number,
    flags: number,
    from: Uint8Array,
    fromLength: Int32Array,
  ): number;
  sendto(fd: number, bytes: Uint8Array, length: number, flags: number, to: Uint8Array, toLength: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epollWait(epoll: number, events: Uint8Array, room: number, timeoutMs: number): number;
  close(fd: number): number;
  readonly uring: UringCalls;
  errno(): number;
  /** The system's words for an error number. */
  strerror(errno: number): string;
}

/** What `io_uring` needs; addresses are numbers (user space ends at 2^47). */
export interface UringCalls {
  setup(entries: number, params: Int32Array): number;
  enter(fd: number, submit: number, complete: number, flags: number): number;
  /** Shared memory of the ring. @throws Error the system's words. */
  map(fd: number, length: number, offset: number): number;
  unmap(address: number, length: number): void;
  /** The bytes at an address. */
  view(address: number, length: number): ArrayBuffer;
  /** Where the bytes lie; they must have an ArrayBuffer of their own. */
  address(bytes: Uint8Array): number;
  close(fd: number): number;
}

/** Linux's numbers, the same on x86-64 and arm64. */
export const linux = {
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_TYPE: 3,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_REUSEPORT: 15,
  SO_ACCEPTCONN: 30,
  IPPROTO_IP: 0,
  IP_TOS: 1,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 26,
  IPV6_TCLASS: 67,
  MSG_DONTWAIT: 0x40,
  MSG_TRUNC: 0x20,
  MSG_NOSIGNAL: 0x4000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
  EPOLLIN: 1,
  EPOLLONESHOT: 0x4000_0000,
  EPOLL_CLOEXEC: 0o2000000,
  EAGAIN: 11,
  EADDRINUSE: 98,
} as const;

/** `struct epoll_event` is packed on x86-64 only: 4 bytes of events, then 8 of data. */
export const epollEvent = process.arch === 'x64' ? { bytes: 12, dataAt: 4 } : { bytes: 16, dataAt: 8 };

let loaded: Libc | Error | null = null;

/** The binding, made once a thread, or the reason why there is none. */
export function loadLibc(): Libc | Error {
  if (loaded === null) {
    try {
      loaded = bindLibc();
    } catch (fault) {
      loaded = fault instanceof Error ? fault : new Error(String(fault));
    }
  }
  return loaded;
}

function bindLibc(): Libc {
  if (process.platform !== 'linux') throw new Error(`libc sockets need Linux, this is ${process.platform}`);
  if (process.arch !== 'x64' && process.arch !== 'arm64')
    throw new Error(`libc sockets: no layout for ${process.arch}`);
  // An optional package, loaded with the first media socket; there is no asynchronous way to need it.
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const lib = koffi.load(libcName(koffi));
  // ssize_t results fit an int: no packet has 2 GB, and -1 stays -1.
  return {
    socket: lib.func('socket', 'int', ['int', 'int', 'int']),
    bind: lib.func('bind', 'int', ['int', 'void *', 'uint']),
    connect: lib.func('connect', 'int', ['int', 'void *', 'uint']),
    listen: lib.func('listen', 'int', ['int', 'int']),
    accept4: lib.func('accept4', 'int', ['int', 'void *', 'void *', 'int']),
    getpeername: lib.func('getpeername', 'int', ['int', 'void *', 'void *']),
    getsockopt: lib.func('getsockopt', 'int', ['int', 'int', 'int', 'void *', 'void *']),
    getsockname: lib.func('getsockname', 'int', ['int', 'void *', 'void *']),
    setsockopt: lib.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint']),
    recvfrom: lib.func('recvfrom', 'int', ['int', 'void *', 'size_t', 'int', 'void *', 'void *']),
    sendto: lib.func('sendto', 'int', ['int', 'void *', 'size_t', 'int', 'void *', 'uint']),
    epollCreate: lib.func('epoll_create1', 'int', ['int']),
    epollControl: lib.func('epoll_ctl', 'int', ['int', 'int', 'int', 'void *']),
    epollWait: lib.func('epoll_wait', 'int', ['int', 'void *', 'int', 'int']),
    close: lib.func('close', 'int', ['int']),
    uring: bindUring(koffi, lib),
    strerror: lib.func('strerror', 'str', ['int']),
    errno: () => koffi.errno(),
  };
}

/** libc has no names for these calls; their numbers are the same on all machines. */
const SYS_io_uring_setup = 425;
const SYS_io_uring_enter = 426;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

function bindUring(koffi: typeof import('koffi'), lib: ReturnType<typeof koffi.load>): UringCalls {
  const setup = lib.func('syscall', 'int', ['long', 'uint', 'void *']);
  const enter = lib.func('syscall', 'int', ['long', 'int', 'uint', 'uint', 'uint', 'uint64', 'size_t']);
  const mmap = lib.func('mmap', 'uint64', ['uint64', 'size_t', 'int', 'int', 'int', 'int64']);
  const munmap = lib.func('munmap', 'int', ['uint64', 'size_t']);
  return {
    setup: (entries, params) => setup(SYS_io_uring_setup, entries, params),
    enter: (fd, submit, complete, flags) => enter(SYS_io_uring_enter, fd, submit, complete, flags, 0, 0),
    map(fd, length, offset) {
      const address = Number(mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset));
      if (address > Number.MAX_SAFE_INTEGER || address < 0) throw new Error(`mmap: errno ${koffi.errno()}`);
      return address;
    },
    unmap: (address, length) => void munmap(address, length),
    view: (address, length) => koffi.view(BigInt(address), length),
    address: (bytes) => Number(koffi.address(bytes)),
    close: lib.func('close', 'int', ['int']),
  };
}

/** glibc by its versioned name; musl (Alpine) by its own. */
function libcName(koffi: typeof import('koffi')): string {
  const names = ['libc.so.6', `libc.musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`];
  for (const name of names) {
    try {
      koffi.load(name);
      return name;
    } catch {
      // The next one.
    }
  }
  throw new Error(`no libc found under ${names.join(', ')}`);
}
