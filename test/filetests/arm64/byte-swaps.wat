;; test: asm
;; target: aarch64
;; Shifts, masks and ors that swap bytes are one instruction, or two for 16 bits.
(module
  (func (param $x i32) (result i32)
    (i32.or (i32.or (i32.shl (local.get $x) (i32.const 24)) (i32.shl (i32.and (local.get $x) (i32.const 0xff00)) (i32.const 8)))
            (i32.or (i32.and (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 0xff00)) (i32.shr_u (local.get $x) (i32.const 24)))))
  (func (param $x i32) (result i32)
    (i32.or (i32.shl (i32.and (local.get $x) (i32.const 0xff)) (i32.const 8)) (i32.and (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 0xff))))
  (func (param $x i64) (result i64)
    (i64.or (i64.or (i64.or (i64.shl (local.get $x) (i64.const 56)) (i64.shl (i64.and (local.get $x) (i64.const 0xff00)) (i64.const 40)))
                    (i64.or (i64.shl (i64.and (local.get $x) (i64.const 0xff0000)) (i64.const 24)) (i64.shl (i64.and (local.get $x) (i64.const 0xff000000)) (i64.const 8))))
            (i64.or (i64.or (i64.and (i64.shr_u (local.get $x) (i64.const 8)) (i64.const 0xff000000)) (i64.and (i64.shr_u (local.get $x) (i64.const 24)) (i64.const 0xff0000)))
                    (i64.or (i64.and (i64.shr_u (local.get $x) (i64.const 40)) (i64.const 0xff00)) (i64.shr_u (local.get $x) (i64.const 56)))))))

;;; function 0
;;;    0 rev w0, w0
;;;    4 ret
;;; function 1
;;;    0 rev w0, w0
;;;    4 lsr w0, w0, #0x10
;;;    8 ret
;;; function 2
;;;    0 rev x0, x0
;;;    4 ret
