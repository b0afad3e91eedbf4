;; test: vectorise
(module (memory 2)
  ;; Addresses and number of iterations are known: no tests.
  (func (local i32)
    (loop $l
      (f32.store (i32.add (local.get 0) (i32.const 4096)) (f32.mul (f32.load (i32.add (local.get 0) (i32.const 16384))) (f32.const 2)))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 4096)))))
  ;; Pointers: tested for length, the end of the memory, and the distance from each other.
  (func (param i32 i32 i32)
    (loop $l
      (i32.store (local.get 0) (i32.add (i32.load (local.get 1)) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.add (local.get 1) (i32.const 4)))
      (br_if $l (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
  ;; Bytes counted: lanes of eight bits.
  (func (param i32 i32) (result i32) (local i32)
    (loop $l
      (local.set 2 (i32.add (local.get 2) (i32.eq (i32.load8_u (local.get 0)) (i32.const 32))))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (local.get 1))))
    (local.get 2))
  ;; Two elements to an iteration, the second of which the next one needs; backwards.
  (func (param i32 f64) (local i32 f64)
    (loop $l
      (f64.store (i32.add (local.get 2) (i32.const 4096)) (f64.add (local.get 3) (local.tee 3 (f64.load (i32.add (local.get 2) (i32.const 16384))))))
      (f64.store (i32.add (local.get 2) (i32.const 4104)) (f64.add (local.get 3) (local.tee 3 (f64.load (i32.add (local.get 2) (i32.const 16392))))))
      (br_if $l (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 16))) (i32.const 8000)))))
)

;;; function 0
;;; func 0 type 0
;;; block 0 @51:
;;;   v19 = i32.const 4096
;;;   v28 = i32.const 16384
;;;   v31 = v128.const 0x40000000400000004000000040000000
;;;   v35 = i32.const 16
;;;   v37 = i32.const 4080
;;;   v0 = i32.const 0
;;;   v1 = i32.const 4096
;;;   v2 = f32.const 0x40000000
;;;   v3 = i32.const 4
;;;   v4 = i32.const 12288
;;;   br -> 1()
;;; block 1 @53:
;;;   br -> 2(v0)
;;; block 2 loop (v27: i32) @53:
;;;   v29 = i32.add v27, v28
;;;   v30 = v128.load v29 offset=0
;;;   v32 = f32x4.mul v30, v31
;;;   v33 = i32.add v27, v19
;;;   v128.store v33, v32 offset=0
;;;   v36 = i32.add v27, v35
;;;   v38 = i32.ne v36, v37
;;;   br_if v38 likely -> 2(v36), 3()
;;; block 3 @53:
;;;   br -> 4(v36)
;;; block 4 loop (v6: i32) @53:
;;;   v7 = i32.add v6, v1
;;;   v8 = i32.add v7, v4
;;;   v9 = f32.load v8 offset=0
;;;   v10 = f32.mul v9, v2
;;;   f32.store v7, v10 offset=0
;;;   v12 = i32.add v6, v3
;;;   v13 = i32.ne v12, v1
;;;   br_if v13 -> 4(v12), 5()
;;; block 5 @91:
;;;   return ()
;;; function 1
;;; func 1 type 1
;;; block 0 @95:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = arg index=2 : i32
;;;   v19 = i32.const 8
;;;   v21 = i32.const -1
;;;   v25 = i64.const 2
;;;   v27 = i64.const 4
;;;   v33 = i64.const 16
;;;   v44 = i32.const 15
;;;   v47 = i32.const -4
;;;   v56 = i32.const 16
;;;   v3 = i32.const 4
;;;   v4 = i32.const -1
;;;   br -> 1()
;;; block 1 @97:
;;;   v20 = i32.gt_u v2, v19
;;;   br_if v20 likely -> 2(), 6(v0, v1, v2)
;;; block 2 @97:
;;;   v22 = i32.add v2, v21
;;;   v23 = i64.extend_i32_u v22
;;;   v24 = i64.extend_i32_u v1
;;;   v26 = i64.shl v23, v25
;;;   v28 = i64.add v24, v27
;;;   v29 = i64.add v28, v26
;;;   v31 = memory.size memory=0
;;;   v32 = i64.extend_i32_u v31
;;;   v34 = i64.shl v32, v33
;;;   v35 = i64.le_u v29, v34
;;;   v36 = i64.extend_i32_u v0
;;;   v37 = i64.shl v23, v25
;;;   v38 = i64.add v36, v27
;;;   v39 = i64.add v38, v37
;;;   v40 = i64.le_u v39, v34
;;;   v41 = i32.and v35, v40
;;;   v42 = i32.sub v0, v1
;;;   v43 = i32.add v42, v21
;;;   v45 = i32.ge_u v43, v44
;;;   v46 = i32.and v41, v45
;;;   v48 = i32.and v22, v47
;;;   br_if v46 likely -> 3(), 6(v0, v1, v2)
;;; block 3 @97:
;;;   v60 = i32.sub v2, v48
;;;   br -> 4(v1, v0, v2)
;;; block 4 loop (v49: i32, v51: i32, v55: i32) @97:
;;;   v50 = v128.load v49 offset=0
;;;   v52 = v128.load v51 offset=0
;;;   v53 = i32x4.add v50, v52
;;;   v128.store v51, v53 offset=0
;;;   v57 = i32.add v49, v56
;;;   v58 = i32.add v51, v56
;;;   v59 = i32.add v55, v47
;;;   v61 = i32.ne v59, v60
;;;   br_if v61 likely -> 4(v57, v58, v59), 5()
;;; block 5 @97:
;;;   br -> 6(v58, v57, v59)
;;; block 6 loop (v6: i32, v7: i32, v8: i32) @97:
;;;   v9 = i32.load v7 offset=0
;;;   v10 = i32.load v6 offset=0
;;;   v11 = i32.add v9, v10
;;;   i32.store v6, v11 offset=0
;;;   v13 = i32.add v6, v3
;;;   v14 = i32.add v7, v3
;;;   v15 = i32.add v8, v4
;;;   br_if v15 -> 6(v13, v14, v15), 7()
;;; block 7 @136:
;;;   return ()
;;; function 2
;;; func 2 type 2
;;; block 0 @142:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v16 = i32.const 32
;;;   v18 = i32.const -1
;;;   v22 = i64.const 1
;;;   v28 = i64.const 16
;;;   v31 = i32.const -16
;;;   v35 = v128.const 0x20202020202020202020202020202020
;;;   v37 = v128.const 0x01010101010101010101010101010101
;;;   v39 = v128.const 0x00000000000000000000000000000000
;;;   v44 = i32.const 16
;;;   v2 = i32.const 0
;;;   v3 = i32.const 32
;;;   v4 = i32.const 1
;;;   br -> 1()
;;; block 1 @144:
;;;   v15 = i32.sub v1, v0
;;;   v17 = i32.gt_u v15, v16
;;;   br_if v17 likely -> 2(), 6(v2, v0)
;;; block 2 @144:
;;;   v19 = i32.add v15, v18
;;;   v20 = i64.extend_i32_u v19
;;;   v21 = i64.extend_i32_u v0
;;;   v23 = i64.add v21, v22
;;;   v24 = i64.add v23, v20
;;;   v26 = memory.size memory=0
;;;   v27 = i64.extend_i32_u v26
;;;   v29 = i64.shl v27, v28
;;;   v30 = i64.le_u v24, v29
;;;   v32 = i32.and v19, v31
;;;   br_if v30 likely -> 3(), 6(v2, v0)
;;; block 3 @144:
;;;   v46 = i32.add v0, v32
;;;   br -> 4(v0, v39)
;;; block 4 loop (v33: i32, v40: v128) @144:
;;;   v34 = v128.load v33 offset=0
;;;   v36 = i8x16.eq v34, v35
;;;   v38 = v128.and v36, v37
;;;   v41 = i16x8.extadd_pairwise_i8x16_u v38
;;;   v42 = i32x4.extadd_pairwise_i16x8_u v41
;;;   v43 = i32x4.add v40, v42
;;;   v45 = i32.add v33, v44
;;;   v47 = i32.ne v45, v46
;;;   br_if v47 likely -> 4(v45, v43), 5()
;;; block 5 @144:
;;;   v49 = i32x4.extract_lane v43 lane=0
;;;   v50 = i32x4.extract_lane v43 lane=1
;;;   v51 = i32.add v49, v50
;;;   v52 = i32x4.extract_lane v43 lane=2
;;;   v53 = i32.add v51, v52
;;;   v54 = i32x4.extract_lane v43 lane=3
;;;   v55 = i32.add v53, v54
;;;   v56 = i32.add v55, v2
;;;   br -> 6(v56, v45)
;;; block 6 loop (v6: i32, v7: i32) @144:
;;;   v8 = i32.load8_u v7 offset=0
;;;   v9 = i32.eq v8, v3
;;;   v10 = i32.add v6, v9
;;;   v11 = i32.add v7, v4
;;;   v12 = i32.ne v11, v1
;;;   br_if v12 -> 6(v10, v11), 7()
;;; block 7 @169:
;;;   return (v10)
;;; function 3
;;; func 3 type 3
;;; block 0 @179:
;;;   v28 = i32.const 4096
;;;   v35 = v128.const 0x00000000000000000000000000000000
;;;   v38 = i32.const 16384
;;;   v41 = v128.const 0x17161514131211100f0e0d0c0b0a0908
;;;   v46 = i32.const 16
;;;   v48 = i32.const 7984
;;;   v0 = i32.const 0
;;;   v1 = f64.const 0x0000000000000000
;;;   v2 = i32.const 4096
;;;   v3 = i32.const 16
;;;   v4 = i32.const 8000
;;;   v5 = i32.const 12288
;;;   v6 = i32.const 12296
;;;   v7 = i32.const 8
;;;   br -> 1()
;;; block 1 @181:
;;;   br -> 2(v35, v0)
;;; block 2 loop (v36: v128, v37: i32) @181:
;;;   v39 = i32.add v37, v38
;;;   v40 = v128.load v39 offset=0
;;;   v42 = i8x16.shuffle v36, v40, v41
;;;   v43 = f64x2.add v42, v40
;;;   v44 = i32.add v37, v28
;;;   v128.store v44, v43 offset=0
;;;   v47 = i32.add v37, v46
;;;   v49 = i32.ne v47, v48
;;;   br_if v49 likely -> 2(v40, v47), 3()
;;; block 3 @181:
;;;   v51 = f64x2.extract_lane v40 lane=1
;;;   br -> 4(v51, v47)
;;; block 4 loop (v9: f64, v10: i32) @181:
;;;   v11 = i32.add v10, v2
;;;   v12 = i32.add v11, v5
;;;   v13 = f64.load v12 offset=0
;;;   v14 = f64.add v9, v13
;;;   f64.store v11, v14 offset=0
;;;   v16 = i32.add v11, v7
;;;   v17 = i32.add v11, v6
;;;   v18 = f64.load v17 offset=0
;;;   v19 = f64.add v13, v18
;;;   f64.store v16, v19 offset=0
;;;   v21 = i32.add v10, v3
;;;   v22 = i32.lt_u v21, v4
;;;   br_if v22 -> 4(v18, v21), 5()
;;; block 5 @242:
;;;   return ()
