;; test: reassociate
(module (memory 1)
  ;; The sum so far comes last.
  (func (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (i32.add (i32.add (local.get 1) (i32.load (local.get 0))) (i32.load offset=800 (local.get 0))) (i32.const 5)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
    (local.get 1))
  ;; So does the largest so far, wherever it stands in the comparisons.
  (func (param i32) (result i32) (local i32 i32 i32)
    (loop $l
      (local.set 2 (i32.load (local.get 0)))
      (local.set 3 (select (local.get 1) (local.get 2) (i32.gt_s (local.get 1) (local.get 2))))
      (local.set 2 (i32.load offset=800 (local.get 0)))
      (local.set 1 (select (local.get 2) (local.get 3) (i32.le_s (local.get 3) (local.get 2))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
    (local.get 1))
  ;; Rounds: what the round before has made comes last in each.
  (func (param i32) (result i32) (local i32 i32)
    (local.set 1 (i32.const 3)) (local.set 2 (i32.const 7))
    (loop $l
      (local.set 1 (i32.add (i32.add (i32.rotl (local.get 1) (i32.const 5)) (local.get 2)) (i32.load (local.get 0))))
      (local.set 2 (i32.add (i32.add (i32.rotl (local.get 1) (i32.const 7)) (local.get 2)) (i32.load offset=4 (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
    (i32.add (local.get 1) (local.get 2)))
  ;; Left alone: of a sum that something else wants, too, no part; floats; what does not wait; a minimum and a maximum.
  (func (param i32) (result i32) (local i32 i32)
    (loop $l
      (local.set 2 (i32.add (local.get 1) (i32.load (local.get 0))))
      (local.set 1 (i32.add (local.get 2) (i32.load offset=800 (local.get 0))))
      (i32.store offset=1600 (local.get 0) (local.get 2))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
    (local.get 1))
  (func (param i32) (result f64) (local f64)
    (loop $l
      (local.set 1 (f64.add (f64.add (local.get 1) (f64.load (local.get 0))) (f64.load offset=800 (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 8)))))
    (local.get 1))
  (func (param i32) (local i32)
    (loop $l
      (i32.store offset=1600 (local.get 0)
        (i32.add (i32.add (i32.mul (local.get 0) (i32.const 77)) (i32.load (local.get 0))) (i32.load offset=800 (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 4))))))
  (func (param i32) (result i32) (local i32 i32 i32)
    (loop $l
      (local.set 2 (i32.load (local.get 0)))
      (local.set 3 (select (local.get 1) (local.get 2) (i32.gt_s (local.get 1) (local.get 2))))
      (local.set 2 (i32.load offset=800 (local.get 0)))
      (local.set 1 (select (local.get 2) (local.get 3) (i32.lt_s (local.get 2) (local.get 3))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
    (local.get 1))
)

;;; function 0
;;; func 0 type 0
;;; block 0 @48:
;;;   v0 = arg index=0 : i32
;;;   v16 = i32.const 2
;;;   v18 = i32.const 8
;;;   v20 = i32.const -1
;;;   v24 = i64.const 804
;;;   v26 = i64.const 2
;;;   v33 = i64.const 16
;;;   v37 = i64.const 0
;;;   v39 = i32.const -4
;;;   v41 = v128.const 0x00000000000000000000000000000000
;;;   v44 = i32.const -12
;;;   v48 = v128.const 0x00000005000000050000000500000005
;;;   v52 = i32.const -16
;;;   v1 = i32.const 0
;;;   v2 = i32.const 5
;;;   v3 = i32.const -4
;;;   br -> 1()
;;; block 1 @50:
;;;   v17 = i32.shr_u v0, v16
;;;   v19 = i32.gt_u v17, v18
;;;   br_if v19 likely -> 2(), 6(v1, v0)
;;; block 2 @50:
;;;   v21 = i32.add v17, v20
;;;   v22 = i64.extend_i32_u v21
;;;   v23 = i64.extend_i32_u v0
;;;   v25 = i64.add v23, v24
;;;   v27 = i64.shl v22, v26
;;;   v28 = i64.sub v23, v27
;;;   v31 = memory.size memory=0
;;;   v32 = i64.extend_i32_u v31
;;;   v34 = i64.shl v32, v33
;;;   v35 = i64.sub v34, v25
;;;   v36 = i64.or v28, v35
;;;   v38 = i64.ge_s v36, v37
;;;   v40 = i32.and v21, v39
;;;   br_if v38 likely -> 3(), 6(v1, v0)
;;; block 3 @50:
;;;   v54 = i32.shl v40, v16
;;;   v55 = i32.sub v0, v54
;;;   br -> 4(v41, v0)
;;; block 4 loop (v42: v128, v43: i32) @50:
;;;   v45 = i32.add v43, v44
;;;   v46 = v128.load v45 offset=800
;;;   v47 = v128.load v45 offset=0
;;;   v49 = i32x4.add v46, v47
;;;   v50 = i32x4.add v49, v48
;;;   v51 = i32x4.add v42, v50
;;;   v53 = i32.add v43, v52
;;;   v56 = i32.ne v53, v55
;;;   br_if v56 likely -> 4(v51, v53), 5()
;;; block 5 @50:
;;;   v58 = i32x4.extract_lane v51 lane=0
;;;   v59 = i32x4.extract_lane v51 lane=1
;;;   v60 = i32.add v58, v59
;;;   v61 = i32x4.extract_lane v51 lane=2
;;;   v62 = i32.add v60, v61
;;;   v63 = i32x4.extract_lane v51 lane=3
;;;   v64 = i32.add v62, v63
;;;   v65 = i32.add v64, v1
;;;   br -> 6(v65, v53)
;;; block 6 loop (v5: i32, v6: i32) @50:
;;;   v7 = i32.load v6 offset=0
;;;   v9 = i32.load v6 offset=800
;;;   v8 = i32.add v7, v9
;;;   v10 = i32.add v8, v2
;;;   v11 = i32.add v5, v10
;;;   v12 = i32.add v6, v3
;;;   br_if v12 -> 6(v11, v12), 7()
;;; block 7 @79:
;;;   return (v11)
;;; function 1
;;; func 1 type 0
;;; block 0 @87:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = i32.const -4
;;;   br -> 1(v1, v0)
;;; block 1 loop (v4: i32, v5: i32) @89:
;;;   v6 = i32.load v5 offset=0
;;;   v9 = i32.load v5 offset=800
;;;   v7 = i32.gt_s v9, v6
;;;   v8 = select v9, v6, v7 : i32
;;;   v10 = i32.gt_s v8, v4
;;;   v11 = select v8, v4, v10 : i32
;;;   v12 = i32.add v5, v2
;;;   br_if v12 -> 1(v11, v12), 2()
;;; block 2 @137:
;;;   return (v11)
;;; function 2
;;; func 2 type 0
;;; block 0 @145:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 3
;;;   v2 = i32.const 7
;;;   v3 = i32.const 5
;;;   v4 = i32.const -4
;;;   br -> 1(v1, v2, v0)
;;; block 1 loop (v6: i32, v7: i32, v8: i32) @155:
;;;   v9 = i32.rotl v6, v3
;;;   v11 = i32.load v8 offset=0
;;;   v10 = i32.add v9, v11
;;;   v12 = i32.add v10, v7
;;;   v13 = i32.rotl v12, v2
;;;   v15 = i32.load v8 offset=4
;;;   v14 = i32.add v7, v15
;;;   v16 = i32.add v13, v14
;;;   v17 = i32.add v8, v4
;;;   br_if v17 -> 1(v12, v16, v17), 2()
;;; block 2 @196:
;;;   v19 = i32.add v12, v16
;;;   return (v19)
;;; function 3
;;; unchanged
;;; function 4
;;; unchanged
;;; function 5
;;; unchanged
;;; function 6
;;; unchanged
