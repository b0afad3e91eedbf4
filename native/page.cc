// The system's pages.

#include <stdlib.h>

#include "common.h"
#include "os/system.h"

namespace wn {

// WAMR_NATIVE_PAGE_KIB: for tests, pages that are larger than the system's.
static u64 find_page() {
  const u64 bytes = os::page_size();
  const char* wanted = getenv("WAMR_NATIVE_PAGE_KIB");
  const u64 larger = wanted == nullptr ? 0 : strtoull(wanted, nullptr, 10) << 10;
  return larger > bytes && (larger & (larger - 1)) == 0 ? larger : bytes;
}

const u64 kOsPage = find_page();

}  // namespace wn
