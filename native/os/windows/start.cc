// Starts the background compiler. A process here has no children: nothing is to be done for it not to be one.

#include "../start.h"

#include "handles.h"

namespace wn::os {

// An argument as the C library of the program takes command lines apart: backslashes count where a quotation mark
// follows ("Parsing C++ command-line arguments").
static std::wstring quoted(const std::wstring& argument) {
  std::wstring out = L"\"";
  size_t backslashes = 0;
  for (wchar_t c : argument) {
    if (c == L'"') out.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    out += c;
  }
  return out.append(backslashes, L'\\') + L'"';
}

int start_program(char* const* arguments, char* const* environment) {
  std::wstring program = wide(arguments[0]), line;
  for (char* const* a = arguments; *a != nullptr; a++) line += (line.empty() ? L"" : L" ") + quoted(wide(*a));
  // Each ends with a zero, and the list with one more.
  std::wstring block;
  for (char* const* e = environment; *e != nullptr; e++) (block += wide(*e)) += L'\0';
  block += L'\0';
  // Not the current folder: nobody could remove it while the program runs.
  wchar_t folder[MAX_PATH];
  if (GetSystemWindowsDirectoryW(folder, MAX_PATH) == 0) return last_error();
  STARTUPINFOW how{};
  how.cb = sizeof how;
  PROCESS_INFORMATION made{};
  constexpr DWORD kFlags =
      DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | IDLE_PRIORITY_CLASS | CREATE_UNICODE_ENVIRONMENT;
  if (CreateProcessW(program.c_str(), &line[0], nullptr, nullptr, FALSE, kFlags, &block[0], folder, &how, &made) == 0)
    return last_error();
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
  return 0;
}

}  // namespace wn::os
