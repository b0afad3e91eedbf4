// Alarms by one thread of the process that looks every millisecond and sends signals, where the system has no timers
// for that. Such a signal says nothing about its sender, so `Alarm::fired` tells whether it was an alarm. It is SIGURG,
// which is ignored by default.
#pragma once

#include <signal.h>

#include "../alarm.h"

namespace wn::os {

// The calling thread makes it; false: there is no thread to be had. `handler`: always the same.
bool make_by_thread(Alarm* a, AlarmHandler handler);
void drop_by_thread(Alarm* a);
// With `first` 0 async-signal-safe.
void set_by_thread(Alarm* a, int64_t first, int64_t every);

// Has a signal of alarms come to `handler`.
bool install_alarm_signal(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction* previous);
// Such a signal of somebody else's.
void pass_on_alarm(int signal, siginfo_t* info, void* context, struct sigaction& previous);

// The system's: the calling thread, and how it is sent a signal.
u64 this_thread();
void signal_thread(u64 thread, int signal);

}  // namespace wn::os
