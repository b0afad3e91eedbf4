// The few functions of V8's own that make fast API functions. N-API has no such functions, so they are looked up by
// name at run time, and the addon stays one binary for all versions of Node. A mangled name says what a function takes,
// so a V8 with another interface has no fast calls and is not broken by them; what names do not say (the numbers of
// CTypeInfo::Type, that a CTypeInfo is three bytes) was verified for the versions in addon.ts, and no other gets here.
//
// Parameters that only newer versions have are passed to all: older ones do not look at the register.
#pragma once

#include "../common.h"

namespace wn::os {

// v8::CTypeInfo.
struct TypeInfo {
  u8 type, sequence, flags;
};

// v8::CFunctionInfo: more room than the class has taken in any version; V8's constructor fills it.
struct FunctionInfo {
  u64 storage[8];
};

// v8::CFunction.
struct CFunction {
  const void* address;
  const FunctionInfo* info;
};

// Whether V8 has them all.
bool has_v8();
void make_function_info(FunctionInfo*, const TypeInfo& result, unsigned count, const TypeInfo* arguments);
// A function of the current context, as v8::Local has it and napi_value too: a pointer. Null: none is to be had.
// `slow`: for code that is not optimised, called with a FunctionCallbackInfo.
void* make_fast_function(void (*slow)(const void*), const CFunction& fast);

// False: V8 has no such function under a name that is known.
bool set_v8_flags(const char* flags);

}  // namespace wn::os
