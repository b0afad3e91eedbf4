// Signal handlers beside those of others.
#pragma once

#include <signal.h>

namespace wn::os {

// Runs the handler that was there before ours.
void chain_signal(int signal, siginfo_t* info, void* context, struct sigaction& previous);

}  // namespace wn::os
