;; test: opt, layout
;; Loads and global.get whose value is known are not made.
(module
  (memory 1)
  (global $sp (mut i32) (i32.const 1024))
  (global $k i32 (i32.const 5))
  (func $f)
  ;; read after write until the next call; the stores stay
  (func (result i32)
    (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
    (i32.store (global.get $sp) (i32.const 1))
    (call $f)
    (global.set $sp (i32.add (global.get $sp) (i32.const 16)))
    (global.get $k))
  ;; store to load, load to load, another width, float bits
  (func (param i32 i32) (result i32 i32 f32 i32 i32)
    (i32.store offset=4 (local.get 0) (local.get 1))
    (i32.load offset=4 (local.get 0))
    (i32.load offset=8 (local.get 0))
    (f32.load offset=4 (local.get 0))
    (i32.store8 offset=12 (local.get 0) (local.get 1))
    (i32.load8_u offset=12 (local.get 0))
    (i32.load offset=8 (local.get 0)))
  ;; same root, disjoint: the fact survives; overlapping or unknown address: it does not
  (func (param i32 i32) (result i32 i32 i32)
    (drop (i32.load offset=8 (local.get 0)))
    (i32.store (i32.add (local.get 0) (i32.const 12)) (local.get 1))
    (i32.load offset=8 (local.get 0))
    (i32.store16 offset=10 (local.get 0) (local.get 1))
    (i32.load offset=8 (local.get 0))
    (i32.store (local.get 1) (local.get 1))
    (i32.load offset=8 (local.get 0)))
  ;; across a join: what both arms know
  (func (param i32 i32) (result i32 i32)
    (if (local.get 1)
      (then (i32.store offset=4 (local.get 0) (i32.load (local.get 0))))
      (else (drop (i32.load (local.get 0)))))
    (i32.load (local.get 0))
    (i32.load offset=4 (local.get 0)))
  ;; a loop that writes ends the facts, one that does not keeps them
  (func (param i32 i32) (result i32)
    (drop (i32.load (local.get 0)))
    (loop $l (br_if $l (i32.load (local.get 0))))
    (loop $m (i32.store (local.get 1) (i32.const 0)) (br_if $m (i32.load (local.get 0))))
    (i32.load (local.get 0))))

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @83:
;;;   return ()
;;; layout
;;; 0
;;; function 1
;;; opt
;;; func 1 type 1
;;; block 0 @86:
;;;   v0 = i32.const 16
;;;   v1 = i32.const -16
;;;   v2 = i32.const 1
;;;   v3 = global.get global=0 : i32
;;;   v4 = i32.add v3, v1
;;;   global.set v4 global=0
;;;   i32.store v4, v2 offset=0
;;;   call func=0 ()
;;;   v8 = global.get global=0 : i32
;;;   v9 = i32.add v8, v0
;;;   global.set v9 global=0
;;;   v11 = global.get global=1 : i32
;;;   return (v11)
;;; layout
;;; 0
;;; function 2
;;; opt
;;; func 2 type 2
;;; block 0 @114:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 255
;;;   i32.store v0, v1 offset=4
;;;   v4 = i32.load v0 offset=8
;;;   v5 = f32.reinterpret_i32 v1
;;;   i32.store8 v0, v1 offset=12
;;;   v7 = i32.and v1, v2
;;;   return (v1, v4, v5, v7, v4)
;;; layout
;;; 0
;;; function 3
;;; opt
;;; func 3 type 3
;;; block 0 @156:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 12
;;;   v3 = i32.load v0 offset=8
;;;   v4 = i32.add v0, v2
;;;   i32.store v4, v1 offset=0
;;;   i32.store16 v0, v1 offset=10
;;;   v7 = i32.load v0 offset=8
;;;   i32.store v1, v1 offset=0
;;;   v9 = i32.load v0 offset=8
;;;   return (v3, v7, v9)
;;; layout
;;; 0
;;; function 4
;;; opt
;;; func 4 type 4
;;; block 0 @204:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   br_if v1 -> 1(), 2()
;;; block 1 @208:
;;;   v3 = i32.load v0 offset=0
;;;   i32.store v0, v3 offset=4
;;;   br -> 3()
;;; block 2 @219:
;;;   v6 = i32.load v0 offset=0
;;;   br -> 3()
;;; block 3 @226:
;;;   v8 = i32.load v0 offset=0
;;;   v9 = i32.load v0 offset=4
;;;   return (v8, v9)
;;; layout
;;; 0 1 3 2
;;; function 5
;;; opt
;;; func 5 type 5
;;; block 0 @239:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 0
;;;   v3 = i32.load v0 offset=0
;;;   br -> 1()
;;; block 1 loop @247:
;;;   br_if v3 -> 1(), 2()
;;; block 2 @254:
;;;   br -> 3()
;;; block 3 loop @257:
;;;   i32.store v1, v2 offset=0
;;;   v8 = i32.load v0 offset=0
;;;   br_if v8 -> 3(), 4()
;;; block 4 @271:
;;;   return (v8)
;;; layout
;;; 0 1 2 3 4
