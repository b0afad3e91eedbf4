{
  "variables": { "asan%": 0, "machine": "<(target_arch)" },
  "targets": [
    {
      "target_name": "wamr_native",
      "conditions": [
        ["OS in ('linux', 'mac') and target_arch in ('x64', 'arm64')", {
          "sources": [
            "native/addon.cc",
            "native/adopted.cc",
            "native/artefact.cc",
            "native/artefact-copy.cc",
            "native/background.cc",
            "native/backtrace.cc",
            "native/buffer.cc",
            "native/cells.cc",
            "native/code.cc",
            "native/code-map.cc",
            "native/counters.cc",
            "native/env.cc",
            "native/exception.cc",
            "native/executable.cc",
            "native/fast-call.cc",
            "native/funcref.cc",
            "native/gdb.cc",
            "native/global.cc",
            "native/hash.cc",
            "native/heap-collect.cc",
            "native/heap-helpers.cc",
            "native/heap-interface.cc",
            "native/heap-types.cc",
            "native/heap.cc",
            "native/helpers.cc",
            "native/instance.cc",
            "native/interrupt.cc",
            "native/invoke.cc",
            "native/promising.cc",
            "native/kept.cc",
            "native/lifetimes.cc",
            "native/memory.cc",
            "native/page.cc",
            "native/reservation.cc",
            "native/sha256.cc",
            "native/stack.cc",
            "native/strings.cc",
            "native/table.cc",
            "native/trap.cc",
            "native/walk.cc",
            "native/os/posix/alarm-thread.cc",
            "native/os/posix/cache-read.cc",
            "native/os/posix/faults.cc",
            "native/os/posix/files.cc",
            "native/os/posix/start.cc",
            "native/os/posix/stdio.cc",
            "native/os/posix/threads.cc",
            "native/os/posix/v8.cc",
            "native/<(machine)/bulk.cc",
            "native/<(machine)/strings.cc",
            "native/<(machine)/thunks.cc"
          ],
          "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
          "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "_GNU_SOURCE"],
          # Without -fno-tree-slp-vectorize two fields are stored by one instruction of 16 bytes, and the load of one of them that follows waits for it: 5 ns a call.
          "cflags!": ["-O3"],
          "cflags": ["-O2", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter", "-U_FORTIFY_SOURCE", "-fno-tree-slp-vectorize", "-fno-rtti", "-fno-omit-frame-pointer"],
          "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions"],
          "cflags_cc": ["-std=c++17", "-fexceptions", "-fvisibility-inlines-hidden"],
          "ldflags": ["-Wl,-z,nodelete", "-Wl,-z,noexecstack"],
          "xcode_settings": {
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "GCC_ENABLE_CPP_RTTI": "NO",
            "GCC_OPTIMIZATION_LEVEL": "2",
            "OTHER_CPLUSPLUSFLAGS": ["-fvisibility=hidden", "-fvisibility-inlines-hidden", "-Wall", "-Wextra", "-Wno-unused-parameter", "-fno-slp-vectorize", "-fno-omit-frame-pointer"]
          },
          "conditions": [
            ["OS=='linux'", {
              "sources": [
                "native/os/linux/alarm.cc",
                "native/os/linux/image.cc",
                "native/os/linux/memory.cc",
                "native/os/linux/profile.cc",
                "native/os/linux/start.cc",
                "native/os/linux/system.cc"
              ]
            }],
            ["OS=='mac'", {
              "sources": [
                "native/os/mac/absent.cc",
                "native/os/mac/alarm.cc",
                "native/os/mac/image.cc",
                "native/os/mac/memory.cc",
                "native/os/mac/start.cc",
                "native/os/mac/system.cc"
              ]
            }],
            ["asan==1", {
              "cflags": ["-fsanitize=address,undefined", "-fno-sanitize=vptr,function", "-g", "-O1"],
              "ldflags": ["-fsanitize=address,undefined"]
            }]
          ]
        }, { "type": "none" }]
      ]
    }
  ]
}
