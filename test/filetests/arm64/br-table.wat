;; test: asm
;; target: aarch64
;; A switch jumps through offsets behind the code.
(module
  (func (param $i i32) (result i32)
    (block $d (block $c (block $b (block $a (br_table $a $b $c $b $d $d $a $d (local.get $i))) (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40))
  ;; the index is in range: no check
  (func (param $i i32) (result i32)
    (block $d (block $c (block $b (block $a (br_table $a $b $c $d $a $b $c $d $d (i32.and (local.get $i) (i32.const 7)))) (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40))
  ;; few targets: compares
  (func (param $i i32) (result i32)
    (block $b (block $a (br_table $a $b $a (local.get $i))) (return (i32.const 10)))
    (i32.const 20)))

;;; function 0
;;;    0 cmp w0, #7
;;;    4 b.hs #0x30
;;;    8 adr x16, #0x38
;;;    c ldrsw x17, [x16, w0, uxtw #2]
;;;   10 add x16, x16, x17
;;;   14 br x16
;;;   18 mov w0, #0xa
;;;   1c ret
;;;   20 mov w0, #0x14
;;;   24 ret
;;;   28 mov w0, #0x1e
;;;   2c ret
;;;   30 mov w0, #0x28
;;;   34 ret
;;; function 1
;;;    0 and w0, w0, #7
;;;    4 adr x16, #0x34
;;;    8 ldrsw x17, [x16, w0, uxtw #2]
;;;    c add x16, x16, x17
;;;   10 br x16
;;;   14 mov w0, #0xa
;;;   18 ret
;;;   1c mov w0, #0x14
;;;   20 ret
;;;   24 mov w0, #0x1e
;;;   28 ret
;;;   2c mov w0, #0x28
;;;   30 ret
;;; function 2
;;;    0 cmp w0, #1
;;;    4 b.lo #0xc
;;;    8 b.eq #0x14
;;;    c mov w0, #0xa
;;;   10 ret
;;;   14 mov w0, #0x14
;;;   18 ret
