/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the filters beside ours noted about a frame. C++ and BPF. */
#pragma once

#include <linux/types.h>

struct witnessed {
  __u32 frames;    /* that came past ours */
  __u32 head_only; /* of the last: nothing but the Ethernet header was in the linear part */
  __u32 tagged;    /* a tag in the metadata: */
  __u32 tag;       /* host order */
  __u32 tag_type;  /* network order */
  __u32 length;
  __u8 bytes[2048];
};
