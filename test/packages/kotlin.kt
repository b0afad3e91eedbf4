@file:OptIn(kotlin.js.ExperimentalWasmJsInterop::class, kotlin.js.ExperimentalJsExport::class)

// Collections, sealed classes, a parser that throws, interfaces, lazy sequences (coroutines), trees, calls of JavaScript.

@JsExport
fun words(n: Int): String {
    val counts = HashMap<String, MutableList<Int>>()
    for (i in 0 until n) counts.getOrPut("w${i * 7919 % 211}") { ArrayList() }.add(i)
    return counts.entries.sortedWith(compareByDescending<Map.Entry<String, List<Int>>> { it.value.sum() }.thenBy { it.key })
        .take(12).joinToString(";") { (k, v) -> "$k=${v.size}:${v.average()}" }
}

sealed class Expr
data class Num(val x: Double) : Expr()
data class Bin(val op: Char, val a: Expr, val b: Expr) : Expr()
class BadToken(val at: Int, message: String) : Exception(message)

class Parser(private val s: String) {
    private var i = 0
    private fun peek() = s.getOrNull(i)
    private fun factor(): Expr = when (val c = peek()) {
        '(' -> { i++; sum().also { if (peek() != ')') throw BadToken(i, "no )"); i++ } }
        null -> throw BadToken(i, "end")
        else -> {
            val from = i
            while (peek()?.isDigit() == true || peek() == '.') i++
            if (i == from) throw BadToken(i, "what is $c")
            Num(s.substring(from, i).toDouble())
        }
    }
    private fun product(): Expr { var a = factor(); while (peek() == '*' || peek() == '/') { val op = s[i++]; a = Bin(op, a, factor()) }; return a }
    fun sum(): Expr { var a = product(); while (peek() == '+' || peek() == '-') { val op = s[i++]; a = Bin(op, a, product()) }; return a }
}
fun eval(e: Expr): Double = when (e) {
    is Num -> e.x
    is Bin -> { val a = eval(e.a); val b = eval(e.b); when (e.op) { '+' -> a + b; '-' -> a - b; '*' -> a * b; else -> if (b == 0.0) throw ArithmeticException("by zero") else a / b } }
}

@JsExport
fun calculate(text: String): String = try {
    val e = Parser(text).sum()
    "${eval(e)} of ${e.hashCode()} $e"
} catch (e: BadToken) { "at ${e.at}: ${e.message}" } catch (e: ArithmeticException) { "arithmetic: ${e.message}" } finally { calls++ }
var calls = 0

interface Shape { val area: Double; fun grow(d: Double): Shape }
data class Circle(val r: Double) : Shape { override val area get() = 3.0 * r * r; override fun grow(d: Double) = copy(r = r + d) }
data class Rect(val w: Double, val h: Double) : Shape { override val area get() = w * h; override fun grow(d: Double) = copy(w = w + d) }

@JsExport
fun shapes(n: Int): Double {
    var all: List<Shape> = List(40) { if (it % 3 == 0) Circle(it.toDouble()) else Rect(it.toDouble(), 2.0) }
    repeat(n) { k -> all = all.map { it.grow(0.25 * (k % 3)) }.filter { it.area >= 0 } }
    return all.sumOf { it.area }
}

@JsExport
fun lazily(n: Int): String {
    val primes = sequence {
        val found = mutableListOf<Int>()
        var x = 2
        while (true) { if (found.takeWhile { it * it <= x }.none { x % it == 0 }) { found += x; yield(x) }; x++ }
    }
    val longs = generateSequence(1L to 1L) { (a, b) -> b to a + b }.map { it.first }.takeWhile { it > 0 }.take(80).toList()
    val bits = longs.fold(0uL) { h, x -> h * 31u + x.toULong() }
    return primes.drop(n / 2).take(n).chunked(16) { it.sum() }.joinToString() + " " + longs.last() + " " + bits.toString(16)
}

@JsExport
fun trees(depth: Int): Int {
    class Node(val l: Node?, val r: Node?) { fun count(): Int = 1 + (l?.count() ?: 0) + (r?.count() ?: 0) }
    fun make(d: Int): Node? = if (d == 0) null else Node(make(d - 1), make(d - 1))
    return (1..depth).sumOf { d -> List(1 shl (depth - d)) { make(d)!!.count() }.sum() } + calls
}

@JsExport
fun fails(n: Int): Int { val list = listOf(1, 2, 3); return try { list[n] } catch (e: IndexOutOfBoundsException) { (e.message ?: "").length + 100 } }

@JsExport
fun fromJs(f: (Int) -> Int, n: Int): Int = (0 until n).map { try { f(it) } catch (e: Throwable) { -1 } }.sum()
