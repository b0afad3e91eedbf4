;; A program of wasi-threads: what it does is the first letter of its first argument (wasi-threads.test.ts).
(module
  (import "env" "memory" (memory 2 64 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (export "memory" (memory 0))
  ;; 0 mutex, 4 counter, 8 threads that are done, 12 turn, 16 descriptor, 20 address of what has grown.
  (data (i32.const 1024) "hello.txt")
  ;; Each instance has an area of its own for buffers and lists of them.
  (global $own (mut i32) (i32.const 8192))

  ;; Prints n bytes from an address.
  (func $say (param $at i32) (param $n i32)
    (i32.store (global.get $own) (local.get $at))
    (i32.store offset=4 (global.get $own) (local.get $n))
    (if (call $write (i32.const 1) (global.get $own) (i32.const 1) (i32.add (global.get $own) (i32.const 8)))
      (then unreachable)))
  ;; Prints a number and a line's end.
  (func $number (param $n i32) (local $at i32)
    (local.set $at (i32.add (global.get $own) (i32.const 63)))
    (i32.store8 (local.get $at) (i32.const 10))
    (loop $more
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (br_if $more (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
    (call $say (local.get $at) (i32.sub (i32.add (global.get $own) (i32.const 64)) (local.get $at))))

  ;; 0 free, 1 taken, 2 taken and waited for.
  (func $lock (local $was i32)
    (block $got
      (br_if $got (i32.eqz (local.tee $was (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1)))))
      (loop $again
        (br_if $got (i32.eqz (i32.atomic.rmw.xchg (i32.const 0) (i32.const 2))))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 2) (i64.const -1)))
        (br $again))))
  (func $unlock
    (if (i32.eq (i32.atomic.rmw.xchg (i32.const 0) (i32.const 0)) (i32.const 2))
      (then (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))))
  ;; A thread is done.
  (func $done
    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 8) (i32.const -1))))
  ;; Waits until n threads are done.
  (func $join (param $n i32) (local $now i32)
    (loop $again
      (if (i32.lt_u (local.tee $now (i32.atomic.load (i32.const 8))) (local.get $n))
        (then
          (drop (memory.atomic.wait32 (i32.const 8) (local.get $now) (i64.const -1)))
          (br $again)))))
  (func $wait (drop (memory.atomic.wait32 (i32.const 40) (i32.const 0) (i64.const -1))))
  ;; Waits until the turn is n.
  (func $turn (param $n i32) (local $now i32)
    (loop $again
      (if (i32.ne (local.tee $now (i32.atomic.load (i32.const 12))) (local.get $n))
        (then
          (drop (memory.atomic.wait32 (i32.const 12) (local.get $now) (i64.const -1)))
          (br $again)))))
  (func $next
    (drop (i32.atomic.rmw.add (i32.const 12) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 12) (i32.const -1))))
  ;; Sleeps so many milliseconds.
  (func $sleep (param $ms i32)
    (memory.fill (global.get $own) (i32.const 0) (i32.const 48))
    (i32.store offset=16 (global.get $own) (i32.const 1))
    (i64.store offset=24 (global.get $own) (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000)))
    (if (call $poll (global.get $own) (i32.add (global.get $own) (i32.const 64)) (i32.const 1)
        (i32.add (global.get $own) (i32.const 96)))
      (then unreachable)))
  ;; Reads from a descriptor: how many bytes, or 1000 + errno.
  (func $get (param $fd i32) (result i32) (local $errno i32)
    (i32.store (global.get $own) (i32.add (global.get $own) (i32.const 128)))
    (i32.store offset=4 (global.get $own) (i32.const 100))
    (local.set $errno (call $read (local.get $fd) (global.get $own) (i32.const 1)
      (i32.add (global.get $own) (i32.const 8))))
    (if (result i32) (local.get $errno)
      (then (i32.add (i32.const 1000) (local.get $errno)))
      (else (i32.load offset=8 (global.get $own)))))
  (func $new (param $what i32) (if (i32.le_s (call $spawn (local.get $what)) (i32.const 0)) (then unreachable)))

  (func (export "wasi_thread_start") (param $tid i32) (param $what i32) (local $n i32)
    (global.set $own (i32.add (i32.const 8192) (i32.mul (i32.and (local.get $tid) (i32.const 63)) (i32.const 512))))
    ;; j: adds 1 to the counter 10,000 times.
    (if (i32.eq (local.get $what) (i32.const 0x6a)) (then
      (local.set $n (i32.const 10000))
      (loop $again
        (call $lock)
        (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
        (call $unlock)
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $done)))
    ;; c: answers a hundred turns.
    (if (i32.eq (local.get $what) (i32.const 0x63)) (then
      (loop $again
        (call $turn (i32.add (i32.mul (local.get $n) (i32.const 2)) (i32.const 1)))
        (call $next)
        (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
      (call $done)))
    ;; n: five more, one by the other.
    (if (i32.and (i32.ge_u (local.get $what) (i32.const 0x200)) (i32.le_u (local.get $what) (i32.const 0x205))) (then
      (if (i32.lt_u (local.get $what) (i32.const 0x205))
        (then (call $new (i32.add (local.get $what) (i32.const 1)))))
      (call $done)))
    ;; f: opens a file, and reads from it when another thread has read and closed it.
    (if (i32.eq (local.get $what) (i32.const 0x66)) (then
      (call $number (call $open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 9) (i32.const 0)
        (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 16)))
      (call $next)
      (call $turn (i32.const 2))
      (call $number (call $get (i32.load (i32.const 16))))
      (call $done)))
    ;; g: prints from a page that it has made.
    (if (i32.eq (local.get $what) (i32.const 0x67)) (then
      (i32.store (i32.const 20) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
      (i64.store (i32.load (i32.const 20)) (i64.const 0x0a6e776f7267))
      (call $say (i32.load (i32.const 20)) (i32.const 6))
      (call $done)))
    ;; p: nothing.
    (if (i32.eq (local.get $what) (i32.const 0x70)) (then (call $done)))
    ;; o: prints.
    (if (i32.eq (local.get $what) (i32.const 0x6f)) (then (call $number (i32.const 12345)) (call $done)))
    ;; t: traps. d: divides by zero, later.
    (if (i32.eq (local.get $what) (i32.const 0x74)) (then unreachable))
    (if (i32.eq (local.get $what) (i32.const 0x64)) (then
      (call $sleep (i32.const 20))
      (call $number (i32.div_u (i32.const 1) (local.get $n)))))
    ;; x: exits.
    (if (i32.eq (local.get $what) (i32.const 0x78)) (then (call $exit (i32.const 7))))
    ;; m: runs for ever; s: sleeps for long; r: reads; w: waits.
    (if (i32.eq (local.get $what) (i32.const 0x6d)) (then (call $next) (loop (br 0))))
    (if (i32.eq (local.get $what) (i32.const 0x73)) (then (call $next) (call $sleep (i32.const 100000))))
    (if (i32.eq (local.get $what) (i32.const 0x72)) (then (call $next) (drop (call $get (i32.const 0)))))
    (if (i32.eq (local.get $what) (i32.const 0x77)) (then (call $wait))))

  (func (export "_start") (local $what i32) (local $n i32)
    (drop (call $args (i32.const 64) (i32.const 256)))
    (local.set $what (i32.load8_u (i32.load (i32.const 68))))
    ;; j, and without an argument: eight threads.
    (if (i32.eqz (local.get $what)) (then (local.set $what (i32.const 0x6a))))
    (if (i32.eq (local.get $what) (i32.const 0x6a)) (then
      (loop $again
        (call $new (local.get $what))
        (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 8))))
      (call $join (i32.const 8))
      (call $number (i32.load (i32.const 4)))))
    (if (i32.eq (local.get $what) (i32.const 0x63)) (then
      (call $new (local.get $what))
      (loop $again
        (call $next)
        (call $turn (i32.mul (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 2)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 100))))
      (call $join (i32.const 1))
      (call $number (i32.load (i32.const 12)))))
    (if (i32.eq (local.get $what) (i32.const 0x6e)) (then
      (call $new (i32.const 0x200))
      (call $join (i32.const 6))
      (call $number (i32.load (i32.const 8)))))
    (if (i32.eq (local.get $what) (i32.const 0x66)) (then
      (call $new (local.get $what))
      (call $turn (i32.const 1))
      (call $number (local.tee $n (call $get (i32.load (i32.const 16)))))
      (call $say (i32.add (global.get $own) (i32.const 128)) (local.get $n))
      (call $number (call $close (i32.load (i32.const 16))))
      (call $next)
      (call $join (i32.const 1))))
    (if (i32.eq (local.get $what) (i32.const 0x67)) (then
      (call $new (local.get $what))
      (call $join (i32.const 1))
      (call $say (i32.load (i32.const 20)) (i32.const 6))
      (call $number (memory.size))))
    ;; p: fifty threads, one after the other.
    (if (i32.eq (local.get $what) (i32.const 0x70)) (then
      (loop $again
        (call $new (local.get $what))
        (call $join (local.tee $n (i32.add (local.get $n) (i32.const 1))))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 50))))
      (call $number (local.get $n))))
    (if (i32.eq (local.get $what) (i32.const 0x6f)) (then
      (call $new (local.get $what))
      (call $join (i32.const 1))
      (call $number (i32.const 678))))
    ;; While the first thread waits for ever (t, x) or runs for ever (d).
    (if (i32.or (i32.eq (local.get $what) (i32.const 0x74)) (i32.eq (local.get $what) (i32.const 0x78))) (then
      (call $new (local.get $what))
      (call $wait)))
    (if (i32.eq (local.get $what) (i32.const 0x64)) (then (call $new (local.get $what)) (loop (br 0))))
    ;; The first thread is done while another one runs, sleeps, reads, waits.
    (if (i32.or (i32.eq (local.get $what) (i32.const 0x6d))
        (i32.or (i32.eq (local.get $what) (i32.const 0x73)) (i32.eq (local.get $what) (i32.const 0x72)))) (then
      (call $new (local.get $what))
      (call $turn (i32.const 1))
      (call $sleep (i32.const 20))))
    ;; e: exits while another one waits.
    (if (i32.eq (local.get $what) (i32.const 0x65)) (then
      (call $new (i32.const 0x77))
      (call $exit (i32.const 9))))
    ;; l: how many threads there may be; what the refusal is.
    (if (i32.eq (local.get $what) (i32.const 0x6c)) (then
      (loop $again
        (if (i32.gt_s (local.tee $what (call $spawn (i32.const 0x77))) (i32.const 0)) (then
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br $again))))
      (call $number (local.get $n))
      (call $number (i32.sub (i32.const 0) (local.get $what)))))
    ;; w: waits for ever.
    (if (i32.eq (local.get $what) (i32.const 0x77)) (then (call $wait)))))
