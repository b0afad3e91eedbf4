(module
  (type $pair (struct (field (mut i32)) (field (mut i32))))
  (import "h" "table" (table $t 8 anyref))
  (elem (table $t) (i32.const 0) anyref (item (struct.new $pair (i32.const 1000) (i32.const 1)))
    (item (struct.new $pair (i32.const 2000) (i32.const 2))))
  (func $start (unreachable))
  (start $start)
)
