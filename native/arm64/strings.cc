// String builtins in assembly (strings.h): none on this machine, every one is a call of JavaScript.

#include "../strings.h"
#include "../assembly.h"
#include "../thunks.h"

asm(WN_DIRECTIVES R"(
.text
WN_LABEL wn_string_leaves_begin
WN_LABEL wn_string_leaves_end
)");

namespace wn {

void* string_leaf(u32) { return nullptr; }

}  // namespace wn
