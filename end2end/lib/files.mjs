// Small real files to send.

/** A PDF of one page with a line of text, filled up with a comment to at least `bytes`. */
export function pdf(name, text, bytes = 0) {
    const stream = `BT /F1 18 Tf 72 720 Td (${text}) Tj ET`;
    const objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ];
    let file = `%PDF-1.4\n%${"x".repeat(bytes)}\n`;
    const offsets = objects.map((object, index) => {
        const at = file.length;
        file += `${index + 1} 0 obj\n${object}\nendobj\n`;
        return at;
    });
    const table = file.length;
    const entries = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
    file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
    file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
    return { name, mimeType: "application/pdf", buffer: Buffer.from(file, "latin1") };
}
