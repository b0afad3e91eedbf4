// Faults by a vectored exception handler. It runs on the stack where the fault happened, below what the system puts
// there: the wasm stack has room for that (kRoomForFaults), and its red zone is lost.

#include "../faults.h"

#include <windows.h>

namespace wn::os {

static FaultHandler handle;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS* exception) {
  const EXCEPTION_RECORD* record = exception->ExceptionRecord;
  bool access = record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION;
  bool fault = access || record->ExceptionCode == EXCEPTION_INT_DIVIDE_BY_ZERO ||
               record->ExceptionCode == EXCEPTION_INT_OVERFLOW ||
               record->ExceptionCode == EXCEPTION_ILLEGAL_INSTRUCTION;
  // The second word is the address, the first says whether it was read, written or executed.
  u64 address = access && record->NumberParameters >= 2 ? record->ExceptionInformation[1] : 0;
  return fault && handle(access, address, exception->ContextRecord) ? EXCEPTION_CONTINUE_EXECUTION
                                                                    : EXCEPTION_CONTINUE_SEARCH;
}

bool install_fault_handler(FaultHandler handler) {
  handle = handler;
  static void* const installed = AddVectoredExceptionHandler(1, on_exception);
  return installed != nullptr;
}

// Nobody can take it away, and whoever comes before it passes on what is not theirs.
bool fault_handler_installed() { return true; }

bool make_fault_stack(FaultStack** stack) {
  *stack = nullptr;
  return true;
}
void drop_fault_stack(FaultStack*) {}

}  // namespace wn::os
