;; test: opt, layout
;; Loop headers: parameters for what the loop assigns, minus those that turn out redundant.
(module
  (memory 1)
  (func $sum (param $p i32) (param $n i32) (result i32) (local $s i32) (local $same i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (local.set $same (local.get $same))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $s) (local.get $same)))
  ;; loop with a parameter on the stack
  (func (param i32) (result i32)
    (local.get 0)
    (loop $l (param i32) (result i32)
      (i32.const 3) (i32.mul) (local.tee 0)
      (br_if $l (i32.lt_u (local.get 0) (i32.const 1000)))))
  ;; never branched to: no loop
  (func (param i32) (result i32) (loop (result i32) (local.set 0 (i32.const 5)) (local.get 0)))
  ;; endless
  (func (loop $l (br $l)))
  ;; nested, the inner one changes nothing of the outer one's
  (func (param i32 i32) (result i32)
    (loop $a
      (loop $b (br_if $b (i32.load8_u (local.get 1))))
      (br_if $a (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
    (local.get 0)))

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @45:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v17 = i32.const 8
;;;   v19 = i32.const -1
;;;   v23 = i64.const 4
;;;   v25 = i64.const 2
;;;   v32 = i64.const 16
;;;   v35 = i64.const 0
;;;   v37 = i32.const -4
;;;   v39 = v128.const 0x00000000000000000000000000000000
;;;   v45 = i32.const 16
;;;   v2 = i32.const 0
;;;   v3 = i32.const 4
;;;   v4 = i32.const -1
;;;   br -> 1()
;;; block 1 @47:
;;;   v18 = i32.gt_u v1, v17
;;;   br_if v18 likely -> 2(), 6(v2, v0, v1)
;;; block 2 @47:
;;;   v20 = i32.add v1, v19
;;;   v21 = i64.extend_i32_u v20
;;;   v22 = i64.extend_i32_u v0
;;;   v24 = i64.add v22, v23
;;;   v26 = i64.shl v21, v25
;;;   v27 = i64.add v24, v26
;;;   v30 = memory.size memory=0
;;;   v31 = i64.extend_i32_u v30
;;;   v33 = i64.shl v31, v32
;;;   v34 = i64.sub v33, v27
;;;   v36 = i64.ge_s v34, v35
;;;   v38 = i32.and v20, v37
;;;   br_if v36 likely -> 3(), 6(v2, v0, v1)
;;; block 3 @47:
;;;   v48 = i32.sub v1, v38
;;;   br -> 4(v39, v0, v1)
;;; block 4 loop (v40: v128, v41: i32, v44: i32) @47:
;;;   v42 = v128.load v41 offset=0
;;;   v43 = i32x4.add v40, v42
;;;   v46 = i32.add v41, v45
;;;   v47 = i32.add v44, v37
;;;   v49 = i32.ne v47, v48
;;;   br_if v49 likely -> 4(v43, v46, v47), 5()
;;; block 5 @47:
;;;   v51 = i32x4.extract_lane v43 lane=0
;;;   v52 = i32x4.extract_lane v43 lane=1
;;;   v53 = i32.add v51, v52
;;;   v54 = i32x4.extract_lane v43 lane=2
;;;   v55 = i32.add v53, v54
;;;   v56 = i32x4.extract_lane v43 lane=3
;;;   v57 = i32.add v55, v56
;;;   v58 = i32.add v57, v2
;;;   br -> 6(v58, v46, v47)
;;; block 6 loop (v6: i32, v7: i32, v8: i32) @47:
;;;   v9 = i32.load v7 offset=0
;;;   v10 = i32.add v6, v9
;;;   v11 = i32.add v7, v3
;;;   v12 = i32.add v8, v4
;;;   br_if v12 -> 6(v10, v11, v12), 7()
;;; block 7 @77:
;;;   v14 = i32.add v10, v2
;;;   return (v14)
;;; layout
;;; 0 1 2 3 4 5 6 7
;;; function 1
;;; opt
;;; func 1 type 1
;;; block 0 @86:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 3
;;;   v2 = i32.const 1000
;;;   br -> 1(v0)
;;; block 1 loop (v4: i32) @90:
;;;   v5 = i32.mul v4, v1
;;;   v6 = i32.lt_u v5, v2
;;;   br_if v6 -> 1(v5), 2()
;;; block 2 @103:
;;;   return (v5)
;;; layout
;;; 0 1 2
;;; function 2
;;; opt
;;; func 2 type 1
;;; block 0 @107:
;;;   v0 = i32.const 5
;;;   br -> 1()
;;; block 1 @109:
;;;   return (v0)
;;; layout
;;; 0 1
;;; function 3
;;; opt
;;; func 3 type 2
;;; block 0 @119:
;;;   br -> 1()
;;; block 1 loop @121:
;;;   br -> 1()
;;; layout
;;; 0 1
;;; function 4
;;; opt
;;; func 4 type 0
;;; block 0 @127:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 1
;;;   br -> 1(v0)
;;; block 1 loop (v4: i32) @129:
;;;   br -> 2()
;;; block 2 loop @131:
;;;   v6 = i32.load8_u v1 offset=0
;;;   br_if v6 -> 2(), 3()
;;; block 3 @138:
;;;   v8 = i32.shr_u v4, v2
;;;   br_if v8 -> 1(v8), 4()
;;; block 4 @148:
;;;   return (v8)
;;; layout
;;; 0 1 2 3 4
