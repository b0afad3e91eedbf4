;; Merge sort of lists of boxed numbers, sums by i31 and casts: what functional languages do.
(module
  (type $cons (struct (field $head anyref) (field $tail (ref null $cons))))
  (type $box (struct (field i64)))
  (func $make (param $n i32) (result (ref null $cons)) (local $l (ref null $cons)) (local $x i32)
    (local.set $x (i32.const 12345))
    (loop $again
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
      (local.set $l (struct.new $cons
        (if (result anyref) (i32.and (local.get $x) (i32.const 0x10000)) (then (ref.i31 (i32.shr_u (local.get $x) (i32.const 4)))) (else (struct.new $box (i64.extend_i32_u (i32.shr_u (local.get $x) (i32.const 4))))))
        (local.get $l)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $l))
  (func $value (param $x anyref) (result i64)
    (block $small (result (ref i31))
      (return (struct.get $box 0 (ref.cast (ref $box) (br_on_cast $small anyref (ref i31) (local.get $x)))))
    )
    (i64.extend_i32_u (i31.get_u)))
  (func $merge (param $a (ref null $cons)) (param $b (ref null $cons)) (result (ref null $cons)) (local $r (ref null $cons)) (local $x anyref)
    (block $end
      (loop $again
        (if (ref.is_null (local.get $a)) (then
          (br_if $end (ref.is_null (local.get $b)))
          (local.set $r (struct.new $cons (struct.get $cons $head (local.get $b)) (local.get $r)))
          (local.set $b (struct.get $cons $tail (local.get $b)))
          (br $again)))
        (if (ref.is_null (local.get $b)) (then
          (local.set $r (struct.new $cons (struct.get $cons $head (local.get $a)) (local.get $r)))
          (local.set $a (struct.get $cons $tail (local.get $a)))
          (br $again)))
        (if (i64.le_s (call $value (struct.get $cons $head (local.get $a))) (call $value (struct.get $cons $head (local.get $b))))
          (then
            (local.set $r (struct.new $cons (struct.get $cons $head (local.get $a)) (local.get $r)))
            (local.set $a (struct.get $cons $tail (local.get $a))))
          (else
            (local.set $r (struct.new $cons (struct.get $cons $head (local.get $b)) (local.get $r)))
            (local.set $b (struct.get $cons $tail (local.get $b)))))
        (br $again)))
    (call $reverse (local.get $r)))
  (func $reverse (param $l (ref null $cons)) (result (ref null $cons)) (local $r (ref null $cons))
    (block $end
      (loop $again
        (br_if $end (ref.is_null (local.get $l)))
        (local.set $r (struct.new $cons (struct.get $cons $head (local.get $l)) (local.get $r)))
        (local.set $l (struct.get $cons $tail (local.get $l)))
        (br $again)))
    (local.get $r))
  (func $sort (param $l (ref null $cons)) (param $n i32) (result (ref null $cons)) (local $i i32) (local $rest (ref null $cons)) (local $half (ref null $cons))
    (if (i32.le_u (local.get $n) (i32.const 1))
      (then (return (if (result (ref null $cons)) (i32.eqz (local.get $n)) (then (ref.null $cons)) (else (struct.new $cons (struct.get $cons $head (local.get $l)) (ref.null $cons)))))))
    (local.set $rest (local.get $l))
    (loop $skip
      (local.set $rest (struct.get $cons $tail (local.get $rest)))
      (br_if $skip (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.shr_u (local.get $n) (i32.const 1)))))
    (call $merge (call $sort (local.get $l) (local.get $i)) (call $sort (local.get $rest) (i32.sub (local.get $n) (local.get $i)))))
  (func (export "run") (param $n i32) (result i32) (local $l (ref null $cons)) (local $s i64) (local $k i32)
    (local.set $l (call $sort (call $make (local.get $n)) (local.get $n)))
    (block $end
      (loop $again
        (br_if $end (ref.is_null (local.get $l)))
        (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 3)) (call $value (struct.get $cons $head (local.get $l)))))
        (local.set $l (struct.get $cons $tail (local.get $l)))
        (br $again)))
    (i32.wrap_i64 (local.get $s))))
