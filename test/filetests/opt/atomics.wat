;; test: ssa
;; What is known of memory ends at an atomic access, in both directions; plain accesses between two of them are still optimised.
(module (memory 1 2 shared)
  (func (param $p i32) (result i32)
    (i32.store (local.get $p) (i32.const 1))
    (drop (i32.atomic.load offset=8 (local.get $p)))
    (i32.load (local.get $p)))
  (func (param $p i32) (result i32)
    (i32.add (i32.load (local.get $p)) (i32.load (local.get $p)))
    (atomic.fence)
    (i32.add (i32.load (local.get $p))))
  (func (param $p i32) (param $n i32)
    (drop (i32.load (local.get $p)))
    (loop $l
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (i32.store offset=4 (local.get $p) (i32.load (local.get $p)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))

;;; function 0
;;; func 0 type 0
;;; block 0 @38:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 1
;;;   i32.store v0, v1 offset=0
;;;   v3 = i32.atomic.load v0 offset=8
;;;   v4 = i32.load v0 offset=0
;;;   return (v4)
;;; function 1
;;; func 1 type 0
;;; block 0 @60:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.load v0 offset=0
;;;   v2 = i32.add v1, v1
;;;   atomic.fence
;;;   v4 = i32.load v0 offset=0
;;;   v5 = i32.add v2, v4
;;;   return (v5)
;;; function 2
;;; func 2 type 1
;;; block 0 @83:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 0
;;;   v3 = i32.const 1
;;;   v4 = i32.const -1
;;;   v5 = i32.load v0 offset=0
;;;   br -> 1(v1)
;;; block 1 loop (v7: i32) @91:
;;;   v8 = i32.atomic.rmw.add v2, v3 offset=0
;;;   v9 = i32.load v0 offset=0
;;;   i32.store v0, v9 offset=4
;;;   v11 = i32.add v7, v4
;;;   br_if v11 -> 1(v11), 2()
;;; block 2 @119:
;;;   return ()
