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
;;;   v35 = i32.const 16400
;;;   v39 = i32.const 4112
;;;   v42 = i32.const 32
;;;   v44 = i32.const 4064
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
;;;   v37 = v128.load v36 offset=0
;;;   v38 = f32x4.mul v37, v31
;;;   v40 = i32.add v27, v39
;;;   v128.store v40, v38 offset=0
;;;   v43 = i32.add v27, v42
;;;   v45 = i32.ne v43, v44
;;;   br_if v45 likely -> 2(v43), 3()
;;; block 3 @53:
;;;   br -> 4(v43)
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
;;;   v19 = i32.const 4
;;;   v21 = i32.const -1
;;;   v25 = i64.const 4
;;;   v27 = i64.const 2
;;;   v34 = i64.const 16
;;;   v47 = i64.const -127
;;;   v50 = i64.const 0
;;;   v52 = i32.const -4
;;;   v61 = i32.const 16
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
;;;   v26 = i64.add v24, v25
;;;   v28 = i64.shl v23, v27
;;;   v29 = i64.add v26, v28
;;;   v32 = memory.size memory=0
;;;   v33 = i64.extend_i32_u v32
;;;   v35 = i64.shl v33, v34
;;;   v36 = i64.sub v35, v29
;;;   v37 = i64.extend_i32_u v0
;;;   v38 = i64.add v37, v25
;;;   v39 = i64.shl v23, v27
;;;   v40 = i64.add v38, v39
;;;   v41 = i64.sub v35, v40
;;;   v42 = i64.or v36, v41
;;;   v43 = i32.sub v0, v1
;;;   v44 = i32.add v43, v21
;;;   v45 = i64.extend_i32_u v44
;;;   v48 = i64.add v45, v47
;;;   v49 = i64.or v42, v48
;;;   v51 = i64.ge_s v49, v50
;;;   v53 = i32.and v22, v52
;;;   br_if v51 likely -> 3(), 6(v0, v1, v2)
;;; block 3 @97:
;;;   v65 = i32.sub v2, v53
;;;   br -> 4(v1, v0, v2)
;;; block 4 loop (v54: i32, v56: i32, v60: i32) @97:
;;;   v55 = v128.load v54 offset=0
;;;   v57 = v128.load v56 offset=0
;;;   v58 = i32x4.add v55, v57
;;;   v128.store v56, v58 offset=0
;;;   v62 = i32.add v54, v61
;;;   v63 = i32.add v56, v61
;;;   v64 = i32.add v60, v52
;;;   v66 = i32.ne v64, v65
;;;   br_if v66 likely -> 4(v62, v63, v64), 5()
;;; block 5 @97:
;;;   br -> 6(v63, v62, v64)
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
;;;   v29 = i64.const 16
;;;   v32 = i64.const 0
;;;   v34 = i32.const -16
;;;   v36 = v128.const 0x00000000000000000000000000000000
;;;   v40 = v128.const 0x20202020202020202020202020202020
;;;   v42 = v128.const 0x01010101010101010101010101010101
;;;   v47 = i32.const 16
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
;;;   v27 = memory.size memory=0
;;;   v28 = i64.extend_i32_u v27
;;;   v30 = i64.shl v28, v29
;;;   v31 = i64.sub v30, v24
;;;   v33 = i64.ge_s v31, v32
;;;   v35 = i32.and v19, v34
;;;   br_if v33 likely -> 3(), 6(v2, v0)
;;; block 3 @144:
;;;   v49 = i32.add v0, v35
;;;   br -> 4(v36, v0)
;;; block 4 loop (v37: v128, v38: i32) @144:
;;;   v39 = v128.load v38 offset=0
;;;   v41 = i8x16.eq v39, v40
;;;   v43 = v128.and v41, v42
;;;   v44 = i16x8.extadd_pairwise_i8x16_u v43
;;;   v45 = i32x4.extadd_pairwise_i16x8_u v44
;;;   v46 = i32x4.add v37, v45
;;;   v48 = i32.add v38, v47
;;;   v50 = i32.ne v48, v49
;;;   br_if v50 likely -> 4(v46, v48), 5()
;;; block 5 @144:
;;;   v52 = i32x4.extract_lane v46 lane=0
;;;   v53 = i32x4.extract_lane v46 lane=1
;;;   v54 = i32.add v52, v53
;;;   v55 = i32x4.extract_lane v46 lane=2
;;;   v56 = i32.add v54, v55
;;;   v57 = i32x4.extract_lane v46 lane=3
;;;   v58 = i32.add v56, v57
;;;   v59 = i32.add v58, v2
;;;   br -> 6(v59, v48)
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
;;;   v36 = v128.const 0x00000000000000000000000000000000
;;;   v39 = i32.const 16384
;;;   v42 = v128.const 0x17161514131211100f0e0d0c0b0a0908
;;;   v47 = i32.const 16400
;;;   v52 = i32.const 4112
;;;   v55 = i32.const 32
;;;   v57 = i32.const 7968
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
;;;   br -> 2(v36, v0)
;;; block 2 loop (v37: v128, v38: i32) @181:
;;;   v40 = i32.add v38, v39
;;;   v41 = v128.load v40 offset=0
;;;   v43 = i8x16.shuffle v37, v41, v42
;;;   v44 = f64x2.add v43, v41
;;;   v45 = i32.add v38, v28
;;;   v128.store v45, v44 offset=0
;;;   v48 = i32.add v38, v47
;;;   v49 = v128.load v48 offset=0
;;;   v50 = i8x16.shuffle v41, v49, v42
;;;   v51 = f64x2.add v50, v49
;;;   v53 = i32.add v38, v52
;;;   v128.store v53, v51 offset=0
;;;   v56 = i32.add v38, v55
;;;   v58 = i32.ne v56, v57
;;;   br_if v58 likely -> 2(v49, v56), 3()
;;; block 3 @181:
;;;   v60 = f64x2.extract_lane v49 lane=1
;;;   br -> 4(v60, v56)
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
