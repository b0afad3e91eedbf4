// String builtins in assembly (strings.h): none on this machine, every one is a call of JavaScript.

#include "../strings.h"
#include "../thunks.h"

asm(R"(
.text
.globl wn_string_leaves_begin
.hidden wn_string_leaves_begin
.globl wn_string_leaves_end
.hidden wn_string_leaves_end
wn_string_leaves_begin:
wn_string_leaves_end:
)");

namespace wn {

void* string_leaf(u32) { return nullptr; }

}  // namespace wn
