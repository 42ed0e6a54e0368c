// vfork(2), recorded; see vfork_record.cc.
//
// As in the C library, the return address stays in a register over the system
// call: the child, which goes on first and on the same stack, overwrites it
// there.

#if defined(__x86_64__)

        .text
        .globl  vfork
        .type   vfork, @function
vfork:
        .cfi_startproc
        endbr64
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq    8(%rsp), %rdi
        call    leaktrap_before_vfork
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        testq   %rax, %rax
        jz      1f
        jmpq    *%rax
1:
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rdi
        movl    $58, %eax               // SYS_vfork
        syscall
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        .cfi_offset %rip, -8
        testq   %rax, %rax
        jnz     2f
        ret                             // the child
2:
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq    %rax, %rdi
        call    leaktrap_after_vfork
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_endproc
        .size   vfork, .-vfork

#endif

        .section .note.GNU-stack, "", @progbits
