;; test: opt, layout
;; Vector operators with their immediates; splats of constants fold, equal constants and operations are one.
(module
  (memory 1)
  (func (param $p i32) (param $x v128) (param $n i32) (result v128)
    (local $y v128)
    (local.set $y (v128.load8_lane offset=3 7 (local.get $p) (v128.load32_splat offset=16 (local.get $p))))
    (v128.store64_lane offset=40 1 (local.get $p) (local.get $y))
    (v128.store offset=64 (local.get $p) (i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31 (local.get $x) (local.get $y)))
    (i32x4.replace_lane 2 (v128.bitselect (i32x4.add (local.get $x) (i8x16.splat (i32.const 5))) (v128.load offset=64 (local.get $p)) (i32x4.splat (i32.const 0x05050505)))
      (i32.add (i16x8.extract_lane_s 7 (i32x4.add (local.get $x) (v128.const i8x16 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5))) (v128.any_true (i64x2.shl (local.get $y) (local.get $n)))))))

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @34:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : v128
;;;   v2 = arg index=2 : i32
;;;   v3 = v128.const 0x1f1e1d1c1b1a19180706050403020100
;;;   v4 = v128.const 0x05050505050505050505050505050505
;;;   v5 = v128.load32_splat v0 offset=16
;;;   v6 = v128.load8_lane v0, v5 offset=3 lane=7
;;;   v128.store64_lane v0, v6 offset=40 lane=1
;;;   v8 = i8x16.shuffle v1, v6, v3
;;;   v128.store v0, v8 offset=64
;;;   v10 = i32x4.add v1, v4
;;;   v11 = v128.bitselect v10, v8, v4
;;;   v12 = i16x8.extract_lane_s v10 lane=7
;;;   v13 = i64x2.shl v6, v2
;;;   v14 = v128.any_true v13
;;;   v15 = i32.add v12, v14
;;;   v16 = i32x4.replace_lane v11, v15 lane=2
;;;   return (v16)
;;; layout
;;; 0
