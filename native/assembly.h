// What assembly says in another way for each format of object files.
#pragma once

// WN_FUNCTION, WN_LABEL: a name that C++ knows; WN_LOCAL: a function that it does not know; WN_HIDDEN: names that only
// other assembly knows; WN_PLACE: a name of this file's in the middle of a function or behind it; WN_END: the function
// ends. WN_CONSTANTS, WN_ADDRESSES: sections, of what is never written, and of what only the loader writes.
//
// Names have no underscore in front on any system: WN_SYMBOL says so on their declarations in C++.
#define WN_SYMBOL(name) __asm__(#name)

#if defined(_WIN32)
#define WN_DIRECTIVES               \
  ".macro WN_PLACE name\n"          \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_LABEL name\n"          \
  ".globl \\name\n"                 \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_FUNCTION name\n"       \
  "WN_LABEL \\name\n"               \
  ".endm\n"                         \
  ".macro WN_LOCAL name\n"          \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_HIDDEN names:vararg\n" \
  ".globl \\names\n"                \
  ".endm\n"                         \
  ".macro WN_END name\n"            \
  ".endm\n"                         \
  ".macro WN_CONSTANTS\n"           \
  ".section .rdata, \"dr\"\n"       \
  ".endm\n"                         \
  ".macro WN_ADDRESSES\n"           \
  ".section .rdata, \"dr\"\n"       \
  ".endm\n"
#elif defined(__APPLE__)
// The linker may take apart what begins with different symbols, and has no relocation for every branch between such
// parts. So all of a file's assembly belongs to one symbol.
#define WN_DIRECTIVES               \
  ".macro WN_PLACE name\n"          \
  ".alt_entry \\name\n"             \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_LABEL name\n"          \
  ".globl \\name\n"                 \
  ".private_extern \\name\n"        \
  "WN_PLACE \\name\n"               \
  ".endm\n"                         \
  ".macro WN_FUNCTION name\n"       \
  "WN_LABEL \\name\n"               \
  ".endm\n"                         \
  ".macro WN_LOCAL name\n"          \
  "WN_PLACE \\name\n"               \
  ".endm\n"                         \
  ".macro WN_HIDDEN names:vararg\n" \
  ".globl \\names\n"                \
  ".private_extern \\names\n"       \
  ".endm\n"                         \
  ".macro WN_END name\n"            \
  ".endm\n"                         \
  ".macro WN_CONSTANTS\n"           \
  ".section __TEXT,__const\n"       \
  ".endm\n"                         \
  ".macro WN_ADDRESSES\n"           \
  ".section __DATA,__const\n"       \
  ".p2align 3\n"                    \
  "wn_addresses:\n"                 \
  ".endm\n"                         \
  ".text\n"                         \
  ".p2align 5\n"                    \
  "wn_assembly:\n"
#else
#define WN_DIRECTIVES               \
  ".macro WN_PLACE name\n"          \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_LABEL name\n"          \
  ".globl \\name\n"                 \
  ".hidden \\name\n"                \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_FUNCTION name\n"       \
  ".type \\name, STT_FUNC\n"        \
  "WN_LABEL \\name\n"               \
  ".endm\n"                         \
  ".macro WN_LOCAL name\n"          \
  ".type \\name, STT_FUNC\n"        \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_HIDDEN names:vararg\n" \
  ".globl \\names\n"                \
  ".hidden \\names\n"               \
  ".endm\n"                         \
  ".macro WN_END name\n"            \
  ".size \\name, . - \\name\n"      \
  ".endm\n"                         \
  ".macro WN_CONSTANTS\n"           \
  ".section .rodata\n"              \
  ".endm\n"                         \
  ".macro WN_ADDRESSES\n"           \
  ".section .data.rel.ro, \"aw\"\n" \
  ".endm\n"
#endif
