// Fetches the files of each run over HTTP(S), checks them and says per run how it went. One bad run never fails the others.
nextflow.enable.dsl = 2

process FETCH {
    tag "${accession}"
    maxForks params.parallel as int
    // The script reports a run that cannot be fetched as its outcome and ends 0. What is left are faults of the machine.
    errorStrategy { task.attempt < 3 ? 'retry' : 'ignore' }
    maxRetries 2

    input:
    val accession

    output:
    path "${accession}.json"

    script:
    def reuse = (params.reuse ?: []).collect { "--reuse '${it}'" }.join(' ')
    """
    fetch_run.py --runs '${params.runs}' --accession '${accession}' --outdir '${params.outdir}' ${reuse} \\
      --tries ${params.tries as int} --timeout-seconds ${params.timeoutSeconds as int} --first-pause-seconds ${params.firstPauseSeconds as float}
    """
}

process SAMPLESHEET {
    input:
    path outcomes

    script:
    """
    make_samplesheet.py --runs '${params.runs}' --outdir '${params.outdir}'
    """
}

workflow {
    runs = new groovy.json.JsonSlurper().parse(file(params.runs, checkIfExists: true))
    FETCH(Channel.fromList(runs.collect { it.accession }))
    SAMPLESHEET(FETCH.out.collect().ifEmpty([]))
}
