;; test: isel
;; An unused old value makes one locked instruction, add and sub of a used one too; and, or, xor are a loop. Alignment is checked where it is not known.
(module (memory 1 2 shared)
  (func (param $p i32) (result i32) (i32.atomic.load offset=8 (local.get $p)))
  (func (param $p i32) (result i64) (i64.atomic.load8_u (local.get $p)))
  (func (param $p i32) (param $x i32) (i32.atomic.store offset=2 (local.get $p) (local.get $x)))
  (func (param $p i32) (drop (i32.atomic.rmw.add (local.get $p) (i32.const 5))))
  (func (param $p i32) (param $x i64) (drop (i64.atomic.rmw16.sub_u (local.get $p) (local.get $x))))
  (func (param $p i32) (param $x i64) (result i64) (i64.atomic.rmw.sub (local.get $p) (local.get $x)))
  (func (param $p i32) (param $x i32) (result i32) (i32.atomic.rmw8.add_u (local.get $p) (local.get $x)))
  (func (param $p i32) (param $x i32) (result i32) (i32.atomic.rmw16.or_u (local.get $p) (local.get $x)))
  (func (param $p i32) (param $x i64) (param $y i64) (result i64) (i64.atomic.rmw32.cmpxchg_u (local.get $p) (local.get $x) (local.get $y)))
  ;; known to be aligned, known not to be
  (func (param $p i32) (result i32) (i32.atomic.load offset=4 (i32.shl (local.get $p) (i32.const 2))))
  (func (result i32) (i32.atomic.load (i32.const 1024)))
  (func (result i32) (i32.atomic.load (i32.const 1026)))
  (func atomic.fence)
  (func (result i32) memory.size)
  (func (param $p i32) (result i32) (memory.atomic.notify offset=4 (local.get $p) (i32.const 1))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   aligned v0, 0
;;;   v1 = load32 [mem + v0 + 8]
;;;   ret v1:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = load8u [mem + v0]
;;;   ret v1:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   aligned v0, 2  ; temps 1+0
;;;   v4 = xchg32 [mem + v0 + 2], v1  ; tied
;;;   ret
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   aligned v0, 0
;;;   locked_add32 [mem + v0], 5
;;;   ret
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   aligned v0, 0
;;;   locked_sub16 [mem + v0], v1
;;;   ret
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   aligned v0, 0
;;;   v4 = neg64 v1  ; tied
;;;   v2 = xadd64 [mem + v0], v4  ; tied
;;;   ret v2:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = xadd8 [mem + v0], v1  ; tied
;;;   v2 = movzx8 v4
;;;   ret v2:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   aligned v0, 0
;;;   v2:rax = fetch_or16 [mem + v0], v1  ; temps 1+0
;;;   ret v2:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   aligned v0, 0
;;;   v5:rax = cmpxchg32 [mem + v0], v1:rax, v2
;;;   v3 = mov32 v5
;;;   ret v3:rax
;;; function 9
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = shl32 v0, 2
;;;   v3 = load32 [mem + v2 + 4]
;;;   ret v3:rax
;;; function 10
;;; b0:
;;;   v1 = load32 [mem + 1024]
;;;   ret v1:rax
;;; function 11
;;; b0:
;;;   aligned 2
;;;   v1 = load32 [mem + 1026]
;;;   ret v1:rax
;;; function 12
;;; b0:
;;;   fence
;;;   ret
;;; function 13
;;; b0:
;;;   v2 = imm32 0
;;;   v0:rax = call_helper v2:rdi, 0  ; clobbers call
;;;   ret v0:rax
;;; function 14
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = imm32 4
;;;   v5 = imm32 0
;;;   v2:rax = call_helper v0:rdi, #1:rsi, v4:rdx, v5:rcx, 21  ; clobbers call
;;;   ret v2:rax
