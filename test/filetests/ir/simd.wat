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
