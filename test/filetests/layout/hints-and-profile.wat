;; test: layout
;; profile: hot
;; A profile knows better than the producer.
(module (import "" "f" (func $f))
  (func (param i32)
    (@metadata.code.branch_hint "\01") (if (local.get 0) (then (call $f) (call $f)) (else (nop))))
  (func (param i32)
    (@metadata.code.branch_hint "\00") (if (local.get 0) (then (call $f) (call $f)) (else (nop)))))

;;; function 1
;;; 0 1 2
;;; function 2
;;; 0 1 2
