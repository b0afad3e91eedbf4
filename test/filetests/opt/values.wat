;; test: opt, layout
;; Shared and folded values, calls, tables, references.
(module
  (memory 1)
  (table $t 4 funcref)
  (table $x 2 externref)
  (type $two (func (param i32) (result i32 i64)))
  (elem $e funcref (ref.func $pair))
  (data $d "abc")
  (func $pair (type $two) (local.get 0) (i64.const 1))
  ;; equal operations once; a division stays though unused, its twin goes
  (func (param i32 i32) (result i32)
    (drop (i32.div_u (local.get 0) (local.get 1)))
    (drop (i32.div_u (local.get 0) (local.get 1)))
    (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 0) (local.get 1))))
  (func (param i32) (result i32) (i32.sub (i32.add (local.get 0) (i32.const 8)) (i32.const 3)))
  (func (result i64) (i64.mul (i64.const 0x123456789) (i64.const -3)))
  ;; several results: only those in use
  (func (param i32) (result i64) (call $pair (local.get 0)) (return))
  (func (param i32) (result i64) (call_indirect $t (type $two) (local.get 0) (i32.const 2)) (return))
  (func (param externref i32) (result externref i32)
    (table.set $x (local.get 1) (local.get 0))
    (table.get $x (i32.const 1))
    (table.grow $x (ref.null extern) (i32.const 2)))
  (func (param funcref) (result i32 funcref)
    (ref.is_null (local.get 0))
    (select (result funcref) (ref.func $pair) (ref.null func) (i32.const 1)))
  (func (param i32 i32 i32)
    (table.init $t $e (local.get 0) (local.get 1) (local.get 2))
    (table.copy $t $t (local.get 0) (local.get 1) (local.get 2))
    (table.fill $t (local.get 0) (ref.func $pair) (local.get 2))
    (elem.drop $e)
    (memory.init $d (local.get 0) (local.get 1) (local.get 2))
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    (memory.fill (local.get 0) (local.get 1) (local.get 2))
    (data.drop $d)
    (drop (memory.grow (memory.size)))
    (drop (table.size $x))))

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @98:
;;;   v0 = arg index=0 : i32
;;;   v1 = i64.const 1
;;;   return (v0, v1)
;;; layout
;;; 0
;;; function 1
;;; opt
;;; func 1 type 1
;;; block 0 @105:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.div_u v0, v1
;;;   v3 = i32.add v0, v1
;;;   v4 = i32.mul v3, v3
;;;   return (v4)
;;; layout
;;; 0
;;; function 2
;;; opt
;;; func 2 type 2
;;; block 0 @131:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 5
;;;   v2 = i32.add v0, v1
;;;   return (v2)
;;; layout
;;; 0
;;; function 3
;;; opt
;;; func 3 type 3
;;; block 0 @142:
;;;   v0 = i64.const -14660155035
;;;   return (v0)
;;; layout
;;; 0
;;; function 4
;;; opt
;;; func 4 type 4
;;; block 0 @154:
;;;   v0 = arg index=0 : i32
;;;   v1 = call func=0 (v0) : i32
;;;   v2 = result v1 index=1 : i64
;;;   return (v2)
;;; layout
;;; 0
;;; function 5
;;; opt
;;; func 5 type 4
;;; block 0 @162:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 2
;;;   v2 = call_indirect v1 type=0 table=0 (v0) : i32
;;;   v3 = result v2 index=1 : i64
;;;   return (v3)
;;; layout
;;; 0
;;; function 6
;;; opt
;;; func 6 type 5
;;; block 0 @173:
;;;   v0 = arg index=0 : externref
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 1
;;;   v3 = ref.null : externref
;;;   v4 = i32.const 2
;;;   table.set v1, v0 table=1
;;;   v6 = table.get v2 table=1 : externref
;;;   v7 = table.grow v3, v4 table=1
;;;   return (v6, v7)
;;; layout
;;; 0
;;; function 7
;;; opt
;;; func 7 type 6
;;; block 0 @193:
;;;   v0 = arg index=0 : funcref
;;;   v1 = i32.eqz v0
;;;   v2 = ref.func func=0
;;;   return (v1, v2)
;;; layout
;;; 0
;;; function 8
;;; opt
;;; func 8 type 7
;;; block 0 @208:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = arg index=2 : i32
;;;   table.init v0, v1, v2 segment=0 table=0
;;;   table.copy v0, v1, v2 to=0 from=0
;;;   v5 = ref.func func=0
;;;   table.fill v0, v5, v2 table=0
;;;   elem.drop segment=0
;;;   memory.init v0, v1, v2 segment=0 memory=0
;;;   memory.copy v0, v1, v2 to=0 from=0
;;;   memory.fill v0, v1, v2 memory=0
;;;   data.drop segment=0
;;;   v12 = memory.size memory=0
;;;   v13 = memory.grow v12 memory=0
;;;   return ()
;;; layout
;;; 0
