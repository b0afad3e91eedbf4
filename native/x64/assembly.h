// What assembly says in another way for each format of object files.
#pragma once

// WN_FUNCTION, WN_LABEL: a name that C++ knows; WN_LOCAL: a function that it does not know; WN_HIDDEN: names that only
// other assembly knows; WN_END: the function ends. WN_CONSTANTS, WN_ADDRESSES: sections, of what is never written, and
// of what only the loader writes.
#ifdef _WIN32
#define WN_DIRECTIVES               \
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
#else
#define WN_DIRECTIVES               \
  ".macro WN_LABEL name\n"          \
  ".globl \\name\n"                 \
  ".hidden \\name\n"                \
  "\\name:\n"                       \
  ".endm\n"                         \
  ".macro WN_FUNCTION name\n"       \
  ".type \\name, @function\n"       \
  "WN_LABEL \\name\n"               \
  ".endm\n"                         \
  ".macro WN_LOCAL name\n"          \
  ".type \\name, @function\n"       \
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
