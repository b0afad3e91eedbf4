;; print: asm
;; A large switch jumps through the vmctx, and what is subtracted from the index becomes leading entries. The table's place is filled in by the linker.
(module
  (func (param $i i32) (result i32)
    (block $d (block $c (block $b (block $a (br_table $a $b $c $d $a $b $c $d $a $b $c $d $a $b $c $d $d (i32.sub (local.get $i) (i32.const 3)))) (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40)))
