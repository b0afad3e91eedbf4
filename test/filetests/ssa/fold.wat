;; test: ssa
;; Folding and value numbering while SSA is built: no pass sees what is never made.
(module (memory 1) (global $g (mut i32) (i32.const 0))
  ;; constants
  (func (result i32) (i32.add (i32.const 2) (i32.mul (i32.const 3) (i32.const 4))))
  ;; (x + 3) + 4 is x + 7; x - 5 is x + -5
  (func (param i32) (result i32) (i32.add (i32.add (local.get 0) (i32.const 3)) (i32.const 4)))
  (func (param i32) (result i32) (i32.sub (local.get 0) (i32.const 5)))
  ;; the constant is the second operand
  (func (param i32) (result i32) (i32.mul (i32.const 5) (local.get 0)))
  ;; neutral elements, and zero
  (func (param i32) (result i32) (i32.or (i32.add (local.get 0) (i32.const 0)) (i32.mul (local.get 0) (i32.const 0))))
  ;; no rule for x ^ x and x & x: producers have folded them
  (func (param i32) (result i32) (i32.add (i32.xor (local.get 0) (local.get 0)) (i32.and (local.get 0) (local.get 0))))
  ;; a comparison that is asked whether it is zero is the inverse comparison; of floats there is none
  (func (param i32) (result i32) (i32.eqz (i32.lt_s (local.get 0) (i32.const 9))))
  (func (param f64) (result i32) (i32.eqz (f64.lt (local.get 0) (f64.const 9))))
  ;; division by zero stays, and so does the overflowing one
  (func (result i32) (i32.div_s (i32.const 1) (i32.const 0)))
  (func (result i32) (i32.div_s (i32.const 0x80000000) (i32.const -1)))
  ;; a conversion and its reverse
  (func (param i32) (result i32) (i32.wrap_i64 (i64.extend_i32_u (local.get 0))))
  ;; equal operations are made once
  (func (param i32 i32) (result i32) (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 0) (local.get 1))))
  ;; a global that was written is not read again; a call may write it
  (func $writes (param i32) (result i32) (global.set $g (local.get 0)) (global.get $g))
  (func (param i32) (result i32) (global.set $g (local.get 0)) (drop (call $writes (i32.const 1))) (global.get $g))
  ;; selections with equal arms, and with a known condition
  (func (param i32 i32) (result i32) (select (local.get 0) (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (select (local.get 0) (local.get 1) (i32.const 0))))

;;; function 0
;;; func 0 type 0
;;; block 0 @69:
;;;   v0 = i32.const 14
;;;   return (v0)
;;; function 1
;;; func 1 type 1
;;; block 0 @80:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 7
;;;   v2 = i32.add v0, v1
;;;   return (v2)
;;; function 2
;;; func 2 type 1
;;; block 0 @91:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const -5
;;;   v2 = i32.add v0, v1
;;;   return (v2)
;;; function 3
;;; func 3 type 1
;;; block 0 @99:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 5
;;;   v2 = i32.mul v0, v1
;;;   return (v2)
;;; function 4
;;; func 4 type 1
;;; block 0 @107:
;;;   v0 = arg index=0 : i32
;;;   return (v0)
;;; function 5
;;; func 5 type 1
;;; block 0 @121:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.xor v0, v0
;;;   v2 = i32.and v0, v0
;;;   v3 = i32.add v1, v2
;;;   return (v3)
;;; function 6
;;; func 6 type 1
;;; block 0 @135:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 9
;;;   v2 = i32.ge_s v0, v1
;;;   return (v2)
;;; function 7
;;; func 7 type 2
;;; block 0 @144:
;;;   v0 = arg index=0 : f64
;;;   v1 = f64.const 0x4022000000000000
;;;   v2 = f64.lt v0, v1
;;;   v3 = i32.eqz v2
;;;   return (v3)
;;; function 8
;;; func 8 type 0
;;; block 0 @160:
;;;   v0 = i32.const 1
;;;   v1 = i32.const 0
;;;   v2 = i32.div_s v0, v1
;;;   return (v2)
;;; function 9
;;; func 9 type 0
;;; block 0 @168:
;;;   v0 = i32.const -2147483648
;;;   v1 = i32.const -1
;;;   v2 = i32.div_s v0, v1
;;;   return (v2)
;;; function 10
;;; func 10 type 1
;;; block 0 @180:
;;;   v0 = arg index=0 : i32
;;;   return (v0)
;;; function 11
;;; func 11 type 3
;;; block 0 @187:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.add v0, v1
;;;   v3 = i32.mul v2, v2
;;;   return (v3)
;;; function 12
;;; func 12 type 1
;;; block 0 @201:
;;;   v0 = arg index=0 : i32
;;;   global.set v0 global=0
;;;   return (v0)
;;; function 13
;;; func 13 type 1
;;; block 0 @210:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 1
;;;   global.set v0 global=0
;;;   v3 = call func=12 (v1) : i32
;;;   v4 = global.get global=0 : i32
;;;   return (v4)
;;; function 14
;;; func 14 type 3
;;; block 0 @224:
;;;   v0 = arg index=0 : i32
;;;   return (v0)
;;; function 15
;;; func 15 type 3
;;; block 0 @234:
;;;   v0 = arg index=1 : i32
;;;   return (v0)
